# A run that was killed leaves nothing that stops the next one, and the last line of one that ends too early says how to go
# on.
from pluralism.commands import start_commands_from_here
from pluralism.study.running import begin_run

with one_line_errors():
    begin_run(workflow)
# A command does not outlive the Snakemake that started it.
start_commands_from_here()
