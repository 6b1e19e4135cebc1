package io.postrider.submission.smtp;

import io.postrider.server.smtp.CommonHandlers;
import io.postrider.server.smtp.front.CapacityHook;
import java.util.List;
import java.util.stream.Stream;
import org.apache.james.protocols.lib.handler.HandlersPackage;

/** The handlers of the submission port. Named in {@code smtpserver.xml}. The DSN extension comes before the hooks that say the last word. */
public final class SubmissionHandlers implements HandlersPackage {
    @Override
    public List<String> getHandlers() {
        Stream<String> ours = Stream.of(
                        TrustedNetworkHook.class,
                        AuthHandler.class,
                        CredentialAuthHook.class,
                        SubmissionMailHandler.class,
                        CapacityHook.class,
                        SubmissionMailHook.class,
                        DsnExtension.class,
                        SubmissionRcptHandler.class,
                        SubmissionRcptHook.class,
                        SubmissionMessageHook.class)
                .map(Class::getName);
        return Stream.concat(ours, CommonHandlers.names()).toList();
    }
}
