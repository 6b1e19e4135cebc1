package io.postrider.server.smtp;

import java.util.stream.Stream;
import org.apache.james.protocols.api.handler.CommandDispatcher;
import org.apache.james.protocols.api.handler.CommandHandlerResultLogger;
import org.apache.james.protocols.smtp.core.ExpnCmdHandler;
import org.apache.james.protocols.smtp.core.HeloCmdHandler;
import org.apache.james.protocols.smtp.core.HelpCmdHandler;
import org.apache.james.protocols.smtp.core.NoopCmdHandler;
import org.apache.james.protocols.smtp.core.QuitCmdHandler;
import org.apache.james.protocols.smtp.core.ReceivedDataLineFilter;
import org.apache.james.protocols.smtp.core.RsetCmdHandler;
import org.apache.james.protocols.smtp.core.UnknownCmdHandler;
import org.apache.james.protocols.smtp.core.VrfyCmdHandler;
import org.apache.james.protocols.smtp.core.esmtp.EhloCmdHandler;
import org.apache.james.protocols.smtp.core.esmtp.MailSizeEsmtpExtension;
import org.apache.james.protocols.smtp.core.esmtp.StartTlsCmdHandler;
import org.apache.james.protocols.smtp.core.log.HookResultLogger;
import org.apache.james.smtpserver.DataLineJamesMessageHookHandler;
import org.apache.james.smtpserver.JamesDataCmdHandler;
import org.apache.james.smtpserver.JamesMailCmdHandler;
import org.apache.james.smtpserver.JamesRcptCmdHandler;
import org.apache.james.smtpserver.JamesWelcomeMessageHandler;

/**
 * James's handlers for the commands of SMTP, without those that decide who may send what: {@code UsersRepositoryAuthHook}, {@code AuthRequiredToRelayRcptHook},
 * {@code SenderAuthIdentifyVerificationHook}, {@code PostmasterAbuseRcptHook} and {@code SendMailHandler} know users and local domains, and we have neither.
 */
public final class CommonHandlers {
    private CommonHandlers() {}

    /** The class names. They belong behind our own, which are to be asked first. */
    public static Stream<String> names() {
        return Stream.of(
                        JamesWelcomeMessageHandler.class,
                        CommandDispatcher.class,
                        JamesDataCmdHandler.class,
                        EhloCmdHandler.class,
                        ExpnCmdHandler.class,
                        HeloCmdHandler.class,
                        HelpCmdHandler.class,
                        JamesMailCmdHandler.class,
                        NoopCmdHandler.class,
                        QuitCmdHandler.class,
                        JamesRcptCmdHandler.class,
                        RsetCmdHandler.class,
                        VrfyCmdHandler.class,
                        MailSizeEsmtpExtension.class,
                        ReceivedDataLineFilter.class,
                        DataLineJamesMessageHookHandler.class,
                        StartTlsCmdHandler.class,
                        UnknownCmdHandler.class,
                        CommandHandlerResultLogger.class,
                        HookResultLogger.class)
                .map(Class::getName);
    }
}
