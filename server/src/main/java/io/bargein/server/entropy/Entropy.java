package io.bargein.server.entropy;

import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.UUID;

/**
 * Randomness from the kernel at each use. Not from a generator of the JDK: one that was seeded before the platform took its snapshot
 * says the same in every session that is restored from it (contract C14). Safe for use by many threads.
 */
public final class Entropy {

    /** Never blocks once the machine is up; unbuffered, and each read stands for itself. */
    private static final File KERNEL = new File("/dev/urandom");

    private Entropy() {}

    /** Opened once; a snapshot keeps it open. */
    private static final class Source {
        static final InputStream KERNEL_STREAM = open();

        private static InputStream open() {
            try {
                return KERNEL.exists() ? new FileInputStream(KERNEL) : null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * Makes an id that nobody else has.
     *
     * @return a random UUID, version 4
     */
    public static UUID uuid() {
        ByteBuffer random = bytes(16);
        return new UUID(random.getLong() & ~0xF000L | 0x4000L, random.getLong() & ~0xC000_0000_0000_0000L | 0x8000_0000_0000_0000L);
    }

    /**
     * Draws a number.
     *
     * @param bound at least 1
     * @return from 0 to {@code bound - 1}, all but equally likely
     */
    public static long below(long bound) {
        return (bytes(8).getLong() >>> 1) % bound;
    }

    private static ByteBuffer bytes(int count) {
        byte[] bytes = new byte[count];
        if (Source.KERNEL_STREAM == null) {
            // No such device: systems without one have no such snapshots either.
            new SecureRandom().nextBytes(bytes);
            return ByteBuffer.wrap(bytes);
        }
        try {
            if (Source.KERNEL_STREAM.read(bytes) != count) {
                throw new EOFException(KERNEL + ": short (expected: " + count + " bytes at a time)");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ByteBuffer.wrap(bytes);
    }
}
