package io.postrider.delivery.smtp;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Checks the certificate of a peer against its host and the trusted ones. Where a bad one will do, since clear text would do too (RFC 7435), what is wrong
 * with it is only noted on the session, and stays there when that is resumed.
 */
final class CertificateCheck extends X509ExtendedTrustManager {
    private static final String PROBLEM = "io.postrider.certificateProblem";

    private final X509ExtendedTrustManager trust;
    private final boolean enforced;

    CertificateCheck(X509ExtendedTrustManager trust, boolean enforced) {
        this.trust = trust;
        this.enforced = enforced;
    }

    /** What was wrong with the certificate of that session. */
    static Optional<String> problemOf(SSLSession session) {
        return Optional.ofNullable((String) session.getValue(PROBLEM));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        try {
            trust.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            if (enforced) {
                throw e;
            }
            engine.getHandshakeSession().putValue(PROBLEM, Printable.text(Wire.rootOf(e)));
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        trust.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        trust.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("a client checks no client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("a client checks no client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("a client checks no client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.getAcceptedIssuers();
    }
}
