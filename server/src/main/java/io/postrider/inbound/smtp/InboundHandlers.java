package io.postrider.inbound.smtp;

import io.postrider.server.smtp.CommonHandlers;
import io.postrider.server.smtp.command.MailHandler;
import io.postrider.server.smtp.front.CapacityHook;
import java.util.List;
import java.util.stream.Stream;
import org.apache.james.protocols.lib.handler.HandlersPackage;

/** The handlers of the inbound port: no AUTH, and nothing is taken but what comes back to us. Named in {@code smtpserver.xml}. */
public final class InboundHandlers implements HandlersPackage {
    @Override
    public List<String> getHandlers() {
        Stream<String> ours = Stream.of(
                        MailHandler.class,
                        CapacityHook.class,
                        InboundRcptHandler.class,
                        InboundRcptHook.class,
                        InboundMessageHook.class)
                .map(Class::getName);
        return Stream.concat(ours, CommonHandlers.names()).toList();
    }
}
