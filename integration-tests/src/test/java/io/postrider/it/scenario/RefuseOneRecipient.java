package io.postrider.it.scenario;

import java.util.Set;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookReturnCode;
import org.apache.james.protocols.smtp.hook.RcptHook;

/** A hook as a user of James writes it: refuses one recipient, without a text of its own, and has a parameter of RCPT. */
public final class RefuseOneRecipient implements RcptHook {
    static final String REFUSED = "refused-by-a-hook@there.example";

    @Override
    public Set<String> supportedParameters() {
        return Set.of("XHOOK");
    }

    @Override
    public HookResult doRcpt(SMTPSession session, MaybeSender sender, MailAddress recipient) {
        return recipient.asString().equals(REFUSED)
                ? HookResult.builder().hookReturnCode(HookReturnCode.deny()).build()
                : HookResult.DECLINED;
    }
}
