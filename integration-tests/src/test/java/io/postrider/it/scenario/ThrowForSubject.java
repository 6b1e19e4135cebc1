package io.postrider.it.scenario;

import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/** A mailet with a fault: it throws for each mail that has the word {@code poison} in its subject. */
public final class ThrowForSubject extends GenericMailet {
    @Override
    public void service(Mail mail) throws MessagingException {
        String subject = mail.getMessage().getSubject();
        if (subject != null && subject.contains("poison")) {
            throw new IllegalStateException("the mailet stumbled over poison");
        }
    }
}
