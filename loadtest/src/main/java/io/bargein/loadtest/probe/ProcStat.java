package io.bargein.loadtest.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@code /proc/PID/stat} says (proc_pid_stat(5)).
 *
 * @param state one letter
 * @param cpuTicks CPU time of all threads, the ended ones too
 * @param startTicks when it started; with the pid it names a process for good
 */
record ProcStat(char state, long cpuTicks, long startTicks) {
    // Counted from the state, which is field 3.
    private static final int UTIME = 14 - 3;
    private static final int STIME = 15 - 3;
    private static final int STARTTIME = 22 - 3;

    static ProcStat read(Path process) throws IOException {
        return parse(Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1));
    }

    static ProcStat parse(String stat) {
        // The command's name, in parentheses, may hold any character, parentheses and spaces too.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ");
        return new ProcStat(fields[0].charAt(0), Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]), Long.parseLong(fields[STARTTIME]));
    }

    /** It has ended, whether or not its parent has taken note (a zombie). */
    boolean ended() {
        return state == 'Z' || state == 'X';
    }
}
