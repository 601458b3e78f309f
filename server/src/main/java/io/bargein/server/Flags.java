package io.bargein.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** Reads a command line by Commons CLI, and the environment for what no flag gives. Every start runs it: what it does, a start waits for. */
final class Flags {

    /** What the command line asks for. */
    enum Asked {
        /** The server; each setting is set. */
        START,
        /** The list of flags. */
        HELP,
        /** The version. */
        VERSION
    }

    private final Map<String, Setting<?>> settings = new LinkedHashMap<>();
    private final Options options = new Options();

    Flags(List<Setting<?>> all) {
        for (Setting<?> setting : all) {
            settings.put(setting.flag(), setting);
            options.addOption(new Option(null, setting.flag().substring(2), true, null));
        }
        options.addOption(new Option("h", "help", false, null)).addOption(new Option("V", "version", false, null));
    }

    /**
     * Sets each setting, unless help or the version is asked for.
     *
     * @throws IllegalArgumentException if something is unknown, given too often, without its value, or has a bad one
     */
    Asked read(Map<String, String> environment, String... args) {
        Map<String, String> given = given(parse(joined(args)));
        if (given.containsKey("--help")) {
            return Asked.HELP;
        }
        if (given.containsKey("--version")) {
            return Asked.VERSION;
        }
        for (Setting<?> setting : settings.values()) {
            String flag = setting.flag();
            setting.set(given.containsKey(flag) ? given.get(flag) : EnvironmentDefaults.value(flag, environment));
        }
        return Asked.START;
    }

    /**
     * Joins flags and their values by {@code =}, since Commons CLI looks into values that start with a dash. It also takes {@code -port} for
     * {@code --port}, which nobody else does.
     */
    private String[] joined(String[] args) {
        List<String> joined = new ArrayList<>(args.length);
        for (int i = 0; i < args.length; i++) {
            String arg = args[i];
            Setting<?> setting = settings.get(arg);
            if (arg.equals("--")) {
                joined.addAll(List.of(args).subList(i, args.length));
                break;
            }
            if (arg.startsWith("-") && !arg.startsWith("--") && arg.length() > 2 && !arg.equals("-hV")) {
                throw unknown(arg);
            }
            boolean valueFollows = setting != null && i + 1 < args.length && !isFlag(args[i + 1]);
            if (setting != null && setting.form() == Setting.Form.SWITCH) {
                valueFollows = valueFollows && !args[i + 1].startsWith("-");
                joined.add(arg + "=" + (valueFollows ? args[++i] : "true"));
            } else {
                joined.add(valueFollows ? arg + "=" + args[++i] : arg);
            }
        }
        return joined.toArray(String[]::new);
    }

    private boolean isFlag(String arg) {
        int equals = arg.indexOf('=');
        return arg.equals("--") || arg.startsWith("-") && options.hasOption(equals < 0 ? arg : arg.substring(0, equals));
    }

    private CommandLine parse(String[] args) {
        try {
            // Neither --po for --port nor values without their quotes.
            return DefaultParser.builder().setAllowPartialMatching(false).setStripLeadingAndTrailingQuotes(false).get().parse(options, args);
        } catch (UnrecognizedOptionException e) {
            throw unknown(e.getOption());
        } catch (MissingArgumentException e) {
            throw new IllegalArgumentException("Missing required parameter for option " + named("--" + e.getOption().getLongOpt()), e);
        } catch (ParseException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private Map<String, String> given(CommandLine line) {
        if (!line.getArgList().isEmpty()) {
            throw new IllegalArgumentException("Unmatched argument: '" + line.getArgList().get(0) + "'");
        }
        Map<String, String> given = new HashMap<>();
        for (Option option : line.getOptions()) {
            String flag = "--".concat(option.getLongOpt());
            String before = given.put(flag, option.getValue());
            if (before != null && settings.get(flag).form() != Setting.Form.LIST) {
                throw new IllegalArgumentException("option " + named(flag) + " should be specified only once");
            }
            if (before != null) {
                given.put(flag, before + "," + option.getValue());
            }
        }
        return given;
    }

    private String named(String flag) {
        return "'" + flag + "' (" + settings.get(flag).label() + ")";
    }

    private static IllegalArgumentException unknown(String arg) {
        return new IllegalArgumentException("Unknown option: '" + arg + "'");
    }
}
