"""How strong a judge is: mutants, mistake tables, false alarms; for any assignment."""
