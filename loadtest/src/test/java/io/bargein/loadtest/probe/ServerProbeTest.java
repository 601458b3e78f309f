package io.bargein.loadtest.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Looks at real processes, whose use of everything is known. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServerProbeTest {
    private final List<Process> children = new ArrayList<>();

    @AfterEach
    void endChildren() throws InterruptedException {
        for (Process child : children) {
            child.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Serial", "Parallel", "G1", "Z", "Shenandoah"})
    void seesWhatTheHeapHoldsAndNotItsLitter(String collector) throws Exception {
        Process guest = guest("-Xmx512m", "-XX:+IgnoreUnrecognizedVMOptions", "-XX:+Use" + collector + "GC");
        ServerProbe probe = ServerProbe.of(guest.pid(), 60);
        tell(guest, "hold-mib 1");
        long before = probe.sampleAfterGc().heapBytes();
        tell(guest, "hold-mib 64");
        tell(guest, "litter-mib 48");
        long after = probe.sampleAfterGc().heapBytes();

        assertTrue(before > 0 && before < 32 << 20, () -> before + " bytes before");
        // The collectors that count by pages of 2 MiB are off by a few.
        assertTrue(after - before > 60 << 20 && after - before < 84 << 20, () -> (after - before) + " bytes, of 64 MiB");
        assertEquals(-1, probe.sample().heapBytes());
    }

    @Test
    void countsThreadsDescriptorsMemoryAndTime() throws Exception {
        Process guest = guest("-Xmx256m", "-XX:+UseSerialGC", "-XX:-UseDynamicNumberOfCompilerThreads");
        ServerProbe probe = ServerProbe.of(guest.pid());
        tell(guest, "threads 1");
        tell(guest, "files 1");
        tell(guest, "hold-mib 1");
        tell(guest, "burn-ms 10");
        ServerSample before = probe.sample();
        tell(guest, "threads 7");
        tell(guest, "files 11");
        tell(guest, "hold-mib 64");
        tell(guest, "burn-ms 300");
        ServerSample after = probe.sample();

        assertEquals(7, after.threads() - before.threads());
        assertEquals(11, after.descriptors() - before.descriptors());
        assertTrue(after.rssBytes() - before.rssBytes() >= 60L << 20, () -> before + " " + after);
        // A tick less at either end; the upper bound is for a wrong unit.
        assertTrue(after.cpuNanos() - before.cpuNanos() >= 280_000_000L, () -> before + " " + after);
        assertTrue(after.cpuNanos() - before.cpuNanos() < TimeUnit.SECONDS.toNanos(30), () -> before + " " + after);
    }

    @Test
    void leavesAProcessAloneThatIsNoJvm() throws Exception {
        Process sleep = start("sleep", "60");
        ServerSample sample = ServerProbe.of(sleep.pid()).sampleAfterGc();

        assertEquals(-1, sample.heapBytes());
        assertEquals(1, sample.threads());
        assertTrue(sample.rssBytes() > 0 && sample.descriptors() >= 3, sample::toString);
        assertTrue(isRunning(sleep), "it was ended by the look at it");
    }

    /** As a web server may that finishes its work on SIGQUIT, which is the signal that jcmd sends. */
    @Test
    void leavesAProcessAloneThatEndsByTheSignalOfJcmd() throws Exception {
        Process shell = start("sh", "-c", "trap 'exit 3' QUIT; echo up; while :; do sleep 0.1; done");
        assertEquals("up", line(shell));
        assertEquals(-1, ServerProbe.of(shell.pid()).sampleAfterGc().heapBytes());
        assertTrue(isRunning(shell), "it was ended by the look at it");
    }

    /** Whether jcmd would send it the signal, which would end it, is up to the versions of both. */
    @Test
    void leavesAJvmAloneThatDoesNotCatchTheSignal() throws Exception {
        Process guest = guest("-Xmx64m", "-XX:+UseSerialGC", "-Xrs");
        tell(guest, "hold-mib 1");
        assertEquals(-1, ServerProbe.of(guest.pid()).sampleAfterGc().heapBytes());
        tell(guest, "hold-mib 1");
    }

    @Test
    void doesWithoutTheHeapOfAJvmThatDoesNotAnswer() throws Exception {
        Process guest = guest("-Xmx64m", "-XX:+UseSerialGC", "-XX:+DisableAttachMechanism");
        tell(guest, "hold-mib 1");
        ServerSample sample = ServerProbe.of(guest.pid()).sampleAfterGc();
        assertEquals(-1, sample.heapBytes());
        assertTrue(sample.rssBytes() > 1 << 20 && sample.threads() > 1, sample::toString);
        tell(guest, "hold-mib 1");
    }

    @Test
    void refusesAPidThatIsNone() {
        String message = assertThrows(IOException.class, () -> ServerProbe.of(99_999_999)).getMessage();
        assertTrue(message.startsWith("--pid: 99999999 (expected: a process of this machine that may be looked at, under /proc)"), message);
    }

    @Test
    void saysThatTheProcessHasEnded() throws Exception {
        Process sleep = start("sleep", "60");
        ServerProbe probe = ServerProbe.of(sleep.pid());
        sleep.destroyForcibly().waitFor();
        for (int i = 0; i < 2; i++) {
            String message = assertThrows(IOException.class, i == 0 ? probe::sample : probe::sampleAfterGc).getMessage();
            assertTrue(message.startsWith("server: process " + sleep.pid() + " has ended (expected: "), message);
        }
    }

    /** Its parent never asks for its end, so that the kernel keeps its number and little else. */
    @Test
    void takesAZombieForEnded() throws Exception {
        Process parent = start("sh", "-c", "sleep 60 & echo $!; exec sleep 60");
        long pid = Long.parseLong(line(parent));
        ServerProbe probe = ServerProbe.of(pid);
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        while (ProcStat.read(Path.of("/proc", Long.toString(pid))).state() != 'Z') {
            Thread.onSpinWait();
        }
        assertTrue(assertThrows(IOException.class, probe::sample).getMessage().contains("has ended"));
        assertThrows(IOException.class, () -> ServerProbe.of(pid));
    }

    @Test
    void readsTheTimesOfAProcessWhateverItsName() {
        String numbers = " 1 2 3 0 -1 4194304 100 0 0 0 250 31 7 9 20 0 1 0 60942 3133440 382";
        assertEquals(new ProcStat('S', 281, 60942), ProcStat.parse("17 (a) R 1 (b c)) S" + numbers + "\n"));
        assertTrue(ProcStat.parse("17 (x) Z" + numbers).ended());
    }

    /** A JVM of the running JDK. */
    private Process guest(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Guest.class.getName()));
        return start(command.toArray(String[]::new));
    }

    private Process start(String... command) throws IOException {
        Process child = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        children.add(child);
        return child;
    }

    private static void tell(Process guest, String what) throws IOException {
        guest.outputWriter().append(what).append('\n').flush();
        assertEquals("done", line(guest));
    }

    private static String line(Process child) throws IOException {
        return child.inputReader().readLine();
    }

    private static boolean isRunning(Process child) throws IOException {
        return !ProcStat.read(Path.of("/proc", Long.toString(child.pid()))).ended();
    }
}
