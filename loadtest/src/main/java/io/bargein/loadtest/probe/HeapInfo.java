package io.bargein.loadtest.probe;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code jcmd PID GC.heap_info} prints, in the forms that the collectors of JDK 17 to 25 have. */
final class HeapInfo {
    /** Serial, Parallel, G1 and Z, a line a generation; their spaces, and the metaspace, which is no heap, have other names. */
    private static final Pattern GENERATION = Pattern.compile("(?m)^ *(?:def new generation|tenured generation|DefNew|Tenured|PSYoungGen|ParOldGen"
            + "|garbage-first heap|ZHeap) .*?\\bused (\\d+)([BKMG])");
    private static final Pattern SHENANDOAH = Pattern.compile("Shenandoah Heap\\R.* (\\d+)([BKMG]) used");

    private HeapInfo() {}

    /** The bytes in use; -1 if the collector is unknown. */
    static long bytesInUse(String info) {
        Matcher shenandoah = SHENANDOAH.matcher(info);
        if (shenandoah.find()) {
            return bytes(shenandoah);
        }
        Matcher generations = GENERATION.matcher(info);
        long sum = -1;
        while (generations.find()) {
            sum = Math.max(0, sum) + bytes(generations);
        }
        return sum;
    }

    private static long bytes(Matcher used) {
        return Long.parseLong(used.group(1)) << 10 * "BKMG".indexOf(used.group(2));
    }
}
