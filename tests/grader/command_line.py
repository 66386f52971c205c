"""The command line `autograder` in this process."""

from typer.testing import CliRunner

from autograder import __main__ as commands


def invoked(*words, app=commands.app, **how):
    """What the command with these words ends with -> click's Result."""
    return CliRunner().invoke(app, [str(word) for word in words], **how)


def output(*words, **how):
    """What the command says, where it ends well; exceptions pass through."""
    done = invoked(*words, **how)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output
