package org.example.store;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bargein.server.spi.ContentBlock;
import io.bargein.server.spi.ConversationStore;
import io.bargein.server.spi.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A store as an embedder may write one: each conversation is a file, each message a line of JSON at its end. It blocks, as it may. A line
 * that a crash has cut off is none.
 */
public final class FileConversationStore implements ConversationStore {
    private static final JsonFactory JSON = new JsonFactory();

    private final Path directory;

    public FileConversationStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public CompletionStage<List<Message>> load(String sessionId) {
        List<Message> messages = new ArrayList<>();
        try {
            byte[] bytes = Files.readAllBytes(file(sessionId));
            for (String line : new String(bytes, 0, wholeLines(bytes), StandardCharsets.UTF_8).split("\n")) {
                if (!line.isEmpty()) {
                    messages.add(read(line));
                }
            }
        } catch (NoSuchFileException e) {
            return CompletableFuture.completedStage(List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return CompletableFuture.completedStage(messages);
    }

    @Override
    public CompletionStage<Void> append(String sessionId, List<Message> messages) {
        try (FileChannel channel = FileChannel.open(file(sessionId),
                StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            long end = wholeLines(Files.readAllBytes(file(sessionId)));
            ByteBuffer lines = ByteBuffer.wrap(lines(messages));
            // All of the turn or nothing: what an attempt that failed has left is overwritten.
            channel.truncate(end).position(end);
            while (lines.hasRemaining()) {
                channel.write(lines);
            }
            channel.force(false);
        } catch (IOException e) {
            return CompletableFuture.failedStage(e);
        }
        return CompletableFuture.completedStage(null);
    }

    /** An id has characters that a file's name may not have, and more of them. */
    private Path file(String sessionId) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(sessionId.getBytes(StandardCharsets.US_ASCII));
            return directory.resolve(HexFormat.of().formatHex(digest) + ".jsonl");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int wholeLines(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    private static byte[] lines(List<Message> messages) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Message message : messages) {
            try (JsonGenerator json = JSON.createGenerator(lines, JsonEncoding.UTF8).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
                json.writeStartObject();
                json.writeStringField("role", message.role().name().toLowerCase(Locale.ROOT));
                json.writeArrayFieldStart("content");
                for (ContentBlock block : message.content()) {
                    write(json, block);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    private static void write(JsonGenerator json, ContentBlock block) throws IOException {
        if (block instanceof ContentBlock.Text text) {
            strings(json, "text", text.text());
        } else if (block instanceof ContentBlock.Reasoning reasoning) {
            String signature = reasoning.signature() == null ? "" : reasoning.signature();
            strings(json, reasoning.redacted() ? "redacted" : "reasoning", reasoning.text(), signature);
        } else if (block instanceof ContentBlock.ToolUse use) {
            strings(json, "use", use.id(), use.name(), use.input());
        } else if (block instanceof ContentBlock.ToolResult result) {
            strings(json, result.failed() ? "failed" : "result", result.toolUseId(), result.content());
        }
    }

    /** A block is an array: what it is, and its parts. */
    private static void strings(JsonGenerator json, String kind, String... parts) throws IOException {
        json.writeStartArray();
        json.writeString(kind);
        for (String part : parts) {
            json.writeString(part);
        }
        json.writeEndArray();
    }

    private static Message read(String line) throws IOException {
        try (JsonParser json = JSON.createParser(line)) {
            json.nextToken();
            json.nextFieldName();
            Message.Role role = Message.Role.valueOf(json.nextTextValue().toUpperCase(Locale.ROOT));
            json.nextFieldName();
            json.nextToken();
            List<ContentBlock> content = new ArrayList<>();
            while (json.nextToken() == JsonToken.START_ARRAY) {
                List<String> parts = new ArrayList<>();
                while (json.nextToken() == JsonToken.VALUE_STRING) {
                    parts.add(json.getText());
                }
                content.add(block(parts));
            }
            return new Message(role, content);
        }
    }

    private static ContentBlock block(List<String> parts) throws IOException {
        return switch (parts.get(0)) {
            case "text" -> new ContentBlock.Text(parts.get(1));
            case "reasoning", "redacted" -> new ContentBlock.Reasoning(
                    parts.get(1), parts.get(2).isEmpty() ? null : parts.get(2), parts.get(0).equals("redacted"));
            case "use" -> new ContentBlock.ToolUse(parts.get(1), parts.get(2), parts.get(3));
            case "result", "failed" -> new ContentBlock.ToolResult(parts.get(1), parts.get(2), parts.get(0).equals("failed"));
            default -> throw new IOException("block: " + parts.get(0) + " (expected: text, reasoning, redacted, use, result or failed)");
        };
    }
}
