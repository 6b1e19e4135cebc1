package io.postrider.server.smtp.front;

import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import javax.inject.Inject;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MailHook;

/** Puts a transaction off before it begins when there is no room for its message. */
public final class CapacityHook implements MailHook, PromptHook {
    private final Capacity capacity;

    @Inject
    CapacityHook(Capacity capacity) {
        this.capacity = capacity;
    }

    @Override
    public HookResult doMail(SMTPSession session, MaybeSender sender) {
        return capacity.shortage()
                .map(text -> SmtpReplies.denySoft("452", text))
                .orElse(HookResult.DECLINED);
    }
}
