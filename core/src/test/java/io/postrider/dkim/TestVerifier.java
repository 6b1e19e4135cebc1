package io.postrider.dkim;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A DKIM verifier for tests, by RFC 6376 and 8463. Written on strings and regular expressions, so that it shares no code and no idea with the
 * signer; the vectors of others prove that it is right. Time ({@code x=}) is not looked at.
 */
public final class TestVerifier {
    private static final String DER_ED25519 = "302a300506032b6570032100";
    private static final String DER_RSA_PREFIX = "300d06092a864886f70d010101050003";

    private TestVerifier() {}

    /** Verifies each DKIM-Signature field, topmost first. */
    public static List<Boolean> verify(byte[] message, Function<String, String> txt) throws GeneralSecurityException {
        String text = new String(message, ISO_8859_1);
        int split = text.indexOf("\r\n\r\n");
        List<String> fields = new ArrayList<>(List.of(text.substring(0, split).split("\r\n(?![ \t])", -1)));
        String body = text.substring(split + 4);
        List<Boolean> verdicts = new ArrayList<>();
        for (String field : fields) {
            if (field.toLowerCase(Locale.ROOT).startsWith("dkim-signature:")) {
                verdicts.add(verify(field, fields, body, txt));
            }
        }
        return verdicts;
    }

    /** The tags of a signature field or a key record, without white space. */
    public static Map<String, String> tags(String list) {
        Map<String, String> tags = new TreeMap<>();
        for (String tag : list.split(";", -1)) {
            if (!tag.isBlank()) {
                tags.put(
                        tag.substring(0, tag.indexOf('=')).strip(),
                        tag.substring(tag.indexOf('=') + 1).replaceAll("\\s", ""));
            }
        }
        return tags;
    }

    private static boolean verify(String field, List<String> fields, String body, Function<String, String> txt)
            throws GeneralSecurityException {
        Map<String, String> tags = tags(field.substring(field.indexOf(':') + 1));
        String[] canonicalisation = (tags.getOrDefault("c", "simple") + "/simple").split("/");
        byte[] bodyHash = MessageDigest.getInstance("SHA-256")
                .digest((canonicalisation[1].equals("relaxed") ? relaxedBody(body) : simpleBody(body))
                        .getBytes(ISO_8859_1));
        if (!Base64.getEncoder().encodeToString(bodyHash).equals(tags.get("bh"))) {
            return false;
        }
        boolean relaxed = canonicalisation[0].equals("relaxed");
        StringBuilder signed = new StringBuilder();
        List<String> left = new ArrayList<>(fields);
        for (String name : tags.get("h").split(":")) {
            for (int i = left.size() - 1; i >= 0; i--) {
                if (left.get(i).split(":", 2)[0].strip().equalsIgnoreCase(name)) {
                    signed.append(relaxed ? relaxedField(left.remove(i)) : left.remove(i))
                            .append("\r\n");
                    break;
                }
            }
        }
        String self = field.replaceFirst("(?s)([;:\\s]b\\s*=)[^;]*", "$1");
        signed.append(relaxed ? relaxedField(self) : self);
        byte[] data = signed.toString().getBytes(ISO_8859_1);
        byte[] signature = Base64.getDecoder().decode(tags.get("b"));
        byte[] key = Base64.getDecoder()
                .decode(tags(txt.apply(tags.get("s") + "._domainkey." + tags.get("d")))
                        .get("p"));
        if (tags.get("a").equals("ed25519-sha256")) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(data);
            return check("Ed25519", publicKey("Ed25519", concat(DER_ED25519, key)), hash, signature);
        }
        return check("SHA256withRSA", rsa(key), data, signature);
    }

    private static PublicKey rsa(byte[] key) throws GeneralSecurityException {
        // Some publish a bare RSAPublicKey (a SEQUENCE that starts with an INTEGER) and not a SubjectPublicKeyInfo.
        boolean bare = key[1] == (byte) 0x81 ? key[3] == 2 : key[1] == (byte) 0x82 ? key[4] == 2 : key[2] == 2;
        if (!bare) {
            return publicKey("RSA", key);
        }
        byte[] bits = concat("00", key);
        String body = DER_RSA_PREFIX.substring(0, 30) + "03" + length(bits.length);
        byte[] inner = concat(body, bits);
        return publicKey("RSA", concat("30" + length(inner.length), inner));
    }

    private static String length(int size) {
        if (size < 128) {
            return String.format("%02x", size);
        }
        return size < 256 ? String.format("81%02x", size) : String.format("82%04x", size);
    }

    private static byte[] concat(String hex, byte[] tail) {
        return HexFormat.of().parseHex(hex + HexFormat.of().formatHex(tail));
    }

    private static PublicKey publicKey(String algorithm, byte[] der) throws GeneralSecurityException {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
    }

    private static boolean check(String algorithm, PublicKey key, byte[] data, byte[] signed)
            throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initVerify(key);
        signature.update(data);
        return signature.verify(signed);
    }

    private static String relaxedField(String field) {
        String[] parts = field.split(":", 2);
        String value = parts[1].replace("\r\n", "").replaceAll("[ \t]+", " ");
        return parts[0].toLowerCase(Locale.ROOT).replaceAll("[ \t]+$", "") + ":" + value.replaceAll("^ | $", "");
    }

    private static String relaxedBody(String body) {
        String lines =
                body.replaceAll("[ \t]+(?=\r\n)", "").replaceAll("[ \t]+$", "").replaceAll("[ \t]+", " ");
        String trimmed = lines.replaceAll("(\r\n)+$", "");
        return trimmed.isEmpty() ? "" : trimmed + "\r\n";
    }

    private static String simpleBody(String body) {
        return body.replaceAll("(\r\n)+$", "") + "\r\n";
    }
}
