package io.postrider.server.smtp;

import io.postrider.server.smtp.command.HelloHandler;
import io.postrider.server.smtp.command.LineDispatcher;
import io.postrider.server.smtp.command.MailParameters;
import io.postrider.server.smtp.command.PlainCommands;
import io.postrider.server.smtp.command.UnknownHandler;
import io.postrider.server.smtp.front.DataHandler;
import io.postrider.server.smtp.front.StartTlsHandler;
import java.util.stream.Stream;
import org.apache.james.protocols.api.handler.CommandHandlerResultLogger;
import org.apache.james.protocols.smtp.core.log.HookResultLogger;
import org.apache.james.smtpserver.JamesWelcomeMessageHandler;

/**
 * The handlers that both ports have, ours and James's. MAIL and RCPT come with each port. Not here are James's handlers that decide who may send what: {@code UsersRepositoryAuthHook}, {@code AuthRequiredToRelayRcptHook},
 * {@code SenderAuthIdentifyVerificationHook}, {@code PostmasterAbuseRcptHook} and {@code SendMailHandler} know users and local domains, and we have neither.
 */
public final class CommonHandlers {
    private CommonHandlers() {}

    /** The class names. They belong behind our own, which are to be asked first. */
    public static Stream<String> names() {
        return Stream.of(
                        JamesWelcomeMessageHandler.class,
                        LineDispatcher.class,
                        DataHandler.class,
                        HelloHandler.class,
                        PlainCommands.class,
                        MailParameters.class,
                        StartTlsHandler.class,
                        UnknownHandler.class,
                        CommandHandlerResultLogger.class,
                        HookResultLogger.class)
                .map(Class::getName);
    }
}
