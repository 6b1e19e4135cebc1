package io.postrider.security.corretto;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.Provider;
import java.util.Optional;

/**
 * Finds Amazon Corretto Crypto Provider, which signs with RSA in a quarter to a half of the time that the JDK takes. It is native code for some systems only: by
 * reflection, as its jar is not there on others. Nobody but who is given it uses it; the order of the providers of the JDK stays as it is.
 */
public final class CorrettoCrypto {
    private static final Logger LOGGER = System.getLogger(CorrettoCrypto.class.getName());
    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
    private static final String DIRECTORY = "com.amazon.corretto.crypto.provider.tmpdir";

    private CorrettoCrypto() {}

    /**
     * The provider, or nothing where it does not work. Says in the log which of both it is.
     *
     * @param directory where it may put its library to load it, as a temporary folder may forbid that; it is deleted with the process
     */
    public static Optional<Provider> find(Path directory) {
        if (System.getProperty(DIRECTORY) == null) {
            System.setProperty(DIRECTORY, directory.toString());
        }
        try {
            Provider provider =
                    (Provider) Class.forName(PROVIDER).getField("INSTANCE").get(null);
            Throwable failure =
                    (Throwable) provider.getClass().getMethod("getLoadingError").invoke(provider);
            if (failure != null) {
                return notThere(failure);
            }
            LOGGER.log(Level.INFO, "RSA signatures are made by {0}", provider.getInfo());
            return Optional.of(provider);
        } catch (ReflectiveOperationException | LinkageError e) {
            return notThere(e);
        }
    }

    private static Optional<Provider> notThere(Throwable why) {
        LOGGER.log(
                Level.INFO,
                "RSA signatures are made by the JDK, which takes two to four times as long as Amazon Corretto Crypto Provider: that is not"
                        + " there for this system ({0})",
                why);
        return Optional.empty();
    }
}
