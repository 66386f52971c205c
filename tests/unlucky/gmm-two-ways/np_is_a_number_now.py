# unlucky: In the last figure np is a number of points, and tf a final time, as in the student's physics course.
# expect: full
# %% last
np, tf = 40, 2.0
times = [tf * step / np for step in range(np)]
plt.plot(times, [time_ ** 2 for time_ in times])
plt.close()
