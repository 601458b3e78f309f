package io.bargein.loadtest.frontdoor;

import io.bargein.loadtest.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks bearer tokens (JWT, RFC 7519) of one issuer: the signature, the issuer, the time, and for whom they are, as a runtime with a JWT
 * authorizer does. Safe for use by many threads.
 */
public final class TokenVerifier {
    private static final int MIN_SECRET_BYTES = 32;

    /** Tells whether a signature is one of the bytes. */
    private interface Check {
        boolean matches(byte[] signed, byte[] signature) throws GeneralSecurityException;
    }

    private final String algorithm;
    private final Check check;
    private final String issuer;
    private final Set<String> audiences;
    private final Set<String> clients;

    private TokenVerifier(String algorithm, Check check, String issuer, Set<String> audiences, Set<String> clients) {
        if (issuer.isBlank()) {
            throw new IllegalArgumentException("issuer: empty (expected: what tokens have as iss)");
        }
        this.algorithm = algorithm;
        this.check = check;
        this.issuer = issuer;
        this.audiences = Set.copyOf(audiences);
        this.clients = Set.copyOf(clients);
    }

    /**
     * Makes a verifier of RS256 (RFC 7518, section 3.3).
     *
     * @param key an RSA key
     * @param issuer what {@code iss} has to be
     * @param audiences one of them has to be in {@code aud}; empty for any
     * @param clients {@code client_id} has to be one of them; empty for any
     * @return the verifier
     */
    public static TokenVerifier rs256(PublicKey key, String issuer, Set<String> audiences, Set<String> clients) {
        return new TokenVerifier("RS256", (signed, signature) -> {
            Signature rsa = Signature.getInstance("SHA256withRSA");
            rsa.initVerify(key);
            rsa.update(signed);
            return rsa.verify(signature);
        }, issuer, audiences, clients);
    }

    /**
     * Makes a verifier of HS256 (RFC 7518, section 3.2).
     *
     * @param secret 32 bytes at least
     * @param issuer what {@code iss} has to be
     * @param audiences one of them has to be in {@code aud}; empty for any
     * @param clients {@code client_id} has to be one of them; empty for any
     * @return the verifier
     */
    public static TokenVerifier hs256(byte[] secret, String issuer, Set<String> audiences, Set<String> clients) {
        SecretKeySpec key = hs256Key(secret);
        return new TokenVerifier("HS256", (signed, signature) -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return MessageDigest.isEqual(mac.doFinal(signed), signature);
        }, issuer, audiences, clients);
    }

    static SecretKeySpec hs256Key(byte[] secret) {
        if (secret.length < MIN_SECRET_BYTES) {
            throw new IllegalArgumentException("secret: " + secret.length + " bytes (expected: " + MIN_SECRET_BYTES + " at least)");
        }
        return new SecretKeySpec(secret, "HmacSHA256");
    }

    /**
     * Returns whose tokens it takes.
     *
     * @return the issuer
     */
    public String issuer() {
        return issuer;
    }

    /** Returns what is wrong with a token, or null if nothing is. */
    String complaint(String token, Instant now) {
        try {
            String[] parts = token.split("\\.", -1);
            if (parts.length != 3) {
                return "Failed to parse token: " + parts.length + " parts (expected: 3)";
            }
            Map<String, Object> header = object(parts[0]);
            Map<String, Object> claims = object(parts[1]);
            if (header == null || claims == null) {
                return "Failed to parse token: header or claims are no object";
            }
            // Nothing but the algorithm of our key: not "none", and no secret where there is a public key (RFC 8725, section 3.1).
            if (!algorithm.equals(header.get("alg"))) {
                return "Token is signed with '" + header.get("alg") + "' (expected: " + algorithm + ")";
            }
            byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
            if (!check.matches(signed, Base64.getUrlDecoder().decode(parts[2]))) {
                return "Token signature is invalid";
            }
            return claimsComplaint(claims, now);
        } catch (IllegalArgumentException e) {
            return "Failed to parse token: " + e.getMessage();
        } catch (GeneralSecurityException e) {
            return "Token signature is invalid"; // Not even of the right length.
        }
    }

    private String claimsComplaint(Map<String, Object> claims, Instant now) {
        if (!issuer.equals(claims.get("iss"))) {
            return mismatch("iss");
        }
        if (!(claims.get("exp") instanceof Number exp)) {
            return "Claim 'exp' is missing";
        }
        if (exp.longValue() <= now.getEpochSecond()) {
            return "Token has expired";
        }
        if (claims.get("nbf") instanceof Number nbf && nbf.longValue() > now.getEpochSecond()) {
            return "Token is not valid yet";
        }
        List<?> audience = claims.get("aud") instanceof List<?> several ? several : List.of(String.valueOf(claims.get("aud")));
        if (!audiences.isEmpty() && audience.stream().noneMatch(audiences::contains)) {
            return mismatch("aud");
        }
        if (!clients.isEmpty() && !(claims.get("client_id") instanceof String client && clients.contains(client))) {
            return mismatch("client_id");
        }
        return null;
    }

    private static String mismatch(String claim) {
        return "Claim '" + claim + "' value mismatch with configuration";
    }

    private static Map<String, Object> object(String part) {
        return Json.object(Json.read(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8)));
    }
}
