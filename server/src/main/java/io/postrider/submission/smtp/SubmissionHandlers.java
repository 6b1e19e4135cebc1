package io.postrider.submission.smtp;

import io.postrider.server.smtp.CommonHandlers;
import java.util.List;
import java.util.stream.Stream;
import org.apache.james.protocols.lib.handler.HandlersPackage;

/** The handlers of the submission port: James's for the commands, ours for who may send what. Named in {@code smtpserver.xml}. */
public final class SubmissionHandlers implements HandlersPackage {
    @Override
    public List<String> getHandlers() {
        Stream<String> ours = Stream.of(
                        TrustedNetworkHook.class,
                        TlsFirstAuthHandler.class,
                        CredentialAuthHook.class,
                        SubmissionMailHook.class,
                        SubmissionRcptHook.class,
                        SubmissionMessageHook.class)
                .map(Class::getName);
        return Stream.concat(ours, CommonHandlers.names()).toList();
    }
}
