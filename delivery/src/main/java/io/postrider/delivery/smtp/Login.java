package io.postrider.delivery.smtp;

/** What we authenticate with at a next hop (AUTH PLAIN or LOGIN, RFC 4954). */
public record Login(String username, String password) {
    @Override
    public String toString() {
        return "Login[" + username + "]";
    }
}
