package io.bargein.loadtest.client;

import java.io.DataInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.UUID;

/** Makes and checks the ids that say which conversation a connection belongs to. */
final class SessionIds {
    /** The header, and, where the handshake can have none, the query parameter. */
    static final String NAME = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";

    /** What the service takes (contract K4). */
    private static final int RUNTIME_SHORTEST = 33;
    private static final int LONGEST = 256;
    /** Asked at each use: a generator seeded before a machine's snapshot was taken says the same in each copy (contract C14). */
    private static final File KERNEL = new File("/dev/urandom");

    private SessionIds() {}

    /** A random UUID, version 4. */
    static String random() {
        byte[] random = new byte[16];
        if (KERNEL.exists()) {
            try (DataInputStream kernel = new DataInputStream(new FileInputStream(KERNEL))) {
                kernel.readFully(random);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        } else {
            new SecureRandom().nextBytes(random);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < 8; i++) {
            high = high << 8 | random[i] & 0xFF;
            low = low << 8 | random[i + 8] & 0xFF;
        }
        return new UUID(high & ~0xF000L | 0x4000L, low & ~0xC000_0000_0000_0000L | 0x8000_0000_0000_0000L).toString();
    }

    static String check(String id, boolean deployed) {
        int shortest = deployed ? RUNTIME_SHORTEST : 1;
        if (id.length() < shortest || id.length() > LONGEST || !UrlText.isVisibleAscii(id)) {
            throw new IllegalArgumentException("session-id: " + id + " (expected: " + shortest + " to " + LONGEST + " visible ASCII characters"
                    + (deployed ? ", which AgentCore demands; a UUID has 36)" : ")"));
        }
        return id;
    }
}
