"use strict"
const body = document.querySelector("#students tbody")
const rows = [...body.rows]
const heads = [...document.querySelectorAll("#students th")]

function key(row, column) {
  const { value } = row.cells[column].dataset
  if (value === undefined) return row.cells[column].textContent.trim().toLowerCase()
  return value === "" ? -Infinity : Number(value)
}

function sort(column, direction) {
  for (const head of heads) head.removeAttribute("aria-sort")
  heads[column].setAttribute("aria-sort", direction === 1 ? "ascending" : "descending")
  const keys = new Map(rows.map(row => [row, key(row, column)]))
  rows.sort((one, other) => {
    const [x, y] = [keys.get(one), keys.get(other)]
    return direction * (x < y ? -1 : x > y ? 1 : 0)
  })
  body.replaceChildren(...rows)
}

function filter() {
  const words = document.querySelector("#words").value.trim().toLowerCase()
  const picked = [...document.querySelectorAll("#filter select[name]")].filter(select => select.value)
  let shown = 0
  for (const row of rows) {
    const said = select => select.name === "section" ? [row.dataset.section] : row.dataset[select.name].split("|")
    const fits = picked.every(select => said(select).includes(select.value))
    row.hidden = !fits || !row.cells[0].textContent.toLowerCase().includes(words)
    shown += !row.hidden
  }
  document.querySelector("#shown").textContent = shown + " of " + rows.length + " students"
}

// A narrow page shows no heads, but a list of the same orders.
const order = document.querySelector("#order")
for (const [column, head] of heads.entries()) {
  const button = head.querySelector("button")
  if (!button) continue
  button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1))
  for (const [arrow, direction] of [["▲", 1], ["▼", -1]]) {
    order.add(new Option(button.textContent + " " + arrow, column + " " + direction))
  }
}
order.selectedIndex = -1
order.addEventListener("change", () => sort(...order.value.split(" ").map(Number)))
document.querySelector("#filter").hidden = false
document.querySelector("#filter").addEventListener("input", filter)
filter()
