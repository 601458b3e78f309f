package io.bargein.loadtest.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Files that are there whole or not at all. */
final class SafeFile {

    /** What is in a file. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private SafeFile() {}

    /** Writes beside the file and moves that over it, so that a full disk leaves what was there before. A pipe or a device is written to. */
    static void write(Path path, Content content) throws IOException {
        try {
            Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
            if (Files.exists(target) && !Files.isRegularFile(target)) {
                write(target, content, StandardOpenOption.WRITE);
                return;
            }
            Path beside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
            try {
                write(beside, content, StandardOpenOption.CREATE_NEW);
                Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new IOException(path + " (expected: a file that can be written): " + reason(e), e);
        }
    }

    private static void write(Path path, Content content, StandardOpenOption option) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path, StandardOpenOption.WRITE, option))) {
            content.writeTo(out);
        }
    }

    /** Says why, without the path, which not all such exceptions have. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "a file is there";
        }
        if (e instanceof AccessDeniedException) {
            return "access denied";
        }
        return e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : String.valueOf(e.getMessage());
    }
}
