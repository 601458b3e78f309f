package io.bargein.loadtest;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The tools from the command line. Exit codes: 0 when all went well, 1 when it did not, 2 when what was asked makes no sense. */
@Command(name = "bargein-loadtest", mixinStandardHelpOptions = true, usageHelpAutoWidth = true,
        description = "The other side of both wires.",
        subcommands = {ChatCommand.class, ConnectCommand.class, RunCommand.class, CompareCommand.class, MergeCommand.class, StandInCommand.class,
                FrontDoorCommand.class})
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    private Main() {}

    /**
     * Runs a tool.
     *
     * @param args its name and its flags; {@code --help} lists them
     */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true).setParameterExceptionHandler((e, args) -> {
            e.getCommandLine().getErr().println("bargein-loadtest: " + Terminal.harmless(e.getMessage().replaceAll("\\s*\\R\\s*", " ")));
            return CommandLine.ExitCode.USAGE;
        });
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no tool named (expected: one of " + spec.subcommands().keySet()
                + "; --help tells more)");
    }
}
