package io.bargein.loadtest.frontdoor;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bargein.loadtest.json.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Issues bearer tokens (JWT, RFC 7519) that a front door takes, in the place of an identity provider. Safe for use by many threads. */
public final class TokenIssuer {
    private static final int RSA_BITS = 2_048;

    /** Signs bytes. */
    private interface Signer {
        byte[] sign(byte[] bytes) throws GeneralSecurityException;
    }

    private final String algorithm;
    private final Signer signer;
    private final String issuer;
    private final String audience;
    private final String client;
    private final TokenVerifier verifier;

    private TokenIssuer(String algorithm, Signer signer, String issuer, String audience, String client, TokenVerifier verifier) {
        this.algorithm = algorithm;
        this.signer = signer;
        this.issuer = issuer;
        this.audience = audience;
        this.client = client;
        this.verifier = verifier;
    }

    /**
     * Makes an issuer with a new RSA key; its tokens are signed with RS256.
     *
     * @param issuer what its tokens have as {@code iss}
     * @param audience their {@code aud}
     * @param client their {@code client_id}
     * @return the issuer
     */
    public static TokenIssuer rs256(String issuer, String audience, String client) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            KeyPair pair = generator.generateKeyPair();
            return new TokenIssuer("RS256", bytes -> {
                Signature rsa = Signature.getInstance("SHA256withRSA");
                rsa.initSign(pair.getPrivate());
                rsa.update(bytes);
                return rsa.sign();
            }, issuer, audience, client, TokenVerifier.rs256(pair.getPublic(), issuer, Set.of(audience), Set.of(client)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("RSA: " + e.getMessage(), e);
        }
    }

    /**
     * Makes an issuer with a secret; its tokens are signed with HS256.
     *
     * @param secret 32 bytes at least
     * @param issuer what its tokens have as {@code iss}
     * @param audience their {@code aud}
     * @param client their {@code client_id}
     * @return the issuer
     */
    public static TokenIssuer hs256(byte[] secret, String issuer, String audience, String client) {
        SecretKeySpec key = TokenVerifier.hs256Key(secret);
        return new TokenIssuer("HS256", bytes -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(bytes);
        }, issuer, audience, client, TokenVerifier.hs256(secret, issuer, Set.of(audience), Set.of(client)));
    }

    /**
     * Returns what checks its tokens.
     *
     * @return a verifier of its issuer, audience and client
     */
    public TokenVerifier verifier() {
        return verifier;
    }

    /**
     * Issues a token.
     *
     * @param subject for whom, its {@code sub}
     * @param now since when
     * @param validity for how long; may be negative, for one that has expired
     * @return the token
     */
    public String issue(String subject, Instant now, Duration validity) {
        StringWriter claims = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(claims)) {
            json.writeStartObject();
            json.writeStringField("iss", issuer);
            json.writeStringField("sub", subject);
            json.writeStringField("aud", audience);
            json.writeStringField("client_id", client);
            json.writeNumberField("iat", now.getEpochSecond());
            json.writeNumberField("exp", now.plus(validity).getEpochSecond());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String signed = encoded(("{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\"}").getBytes(StandardCharsets.UTF_8)) + "."
                + encoded(claims.toString().getBytes(StandardCharsets.UTF_8));
        try {
            return signed + "." + encoded(signer.sign(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sign: " + e.getMessage(), e);
        }
    }

    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
