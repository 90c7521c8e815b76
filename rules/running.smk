# A run that was killed leaves nothing that stops the next one, and the last lines of a run say how to go on, or where its
# results are.
from pluralism.commands import start_commands_from_here
from pluralism.study.running import begin_run

with one_line_errors():
    begin_run(workflow, study.config.output or "")
# A command does not outlive the Snakemake that started it.
start_commands_from_here()
