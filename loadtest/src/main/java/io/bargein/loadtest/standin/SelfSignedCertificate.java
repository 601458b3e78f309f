package io.bargein.loadtest.standin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;

/**
 * A certificate for localhost, made on the spot by the JDK's own {@code keytool}, which is the one way to make one without another library.
 *
 * @param certificate what a client is to trust
 * @param key its key
 */
record SelfSignedCertificate(X509Certificate certificate, PrivateKey key) {
    private static final String PASSWORD = "standin";

    static SelfSignedCertificate make() throws IOException {
        Path directory = Files.createTempDirectory("standin");
        Path file = directory.resolve("key.p12");
        try {
            Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
                    "-alias", "standin", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30", "-dname", "CN=localhost",
                    "-ext", "san=dns:localhost,ip:127.0.0.1", "-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore",
                    file.toString()).redirectErrorStream(true).start();
            String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new IOException("keytool: failed (expected: a JDK, which has it): " + output.strip());
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, PASSWORD.toCharArray());
            }
            return new SelfSignedCertificate((X509Certificate) store.getCertificate("standin"),
                    (PrivateKey) store.getKey("standin", PASSWORD.toCharArray()));
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool: made a key store that cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("keytool: interrupted", e);
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(directory);
        }
    }
}
