package io.postrider.bridge;

import java.util.Optional;
import java.util.function.Function;
import javax.mail.MessagingException;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeUtils;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.Mail;

/** An attribute of a mail by its name and type. What it writes survives James's serialisation of attributes. */
public final class MailAttribute<T> {
    private final AttributeName name;
    private final Function<Object, T> read;
    private final Function<T, AttributeValue<?>> write;

    private MailAttribute(String name, Function<Object, T> read, Function<T, AttributeValue<?>> write) {
        this.name = AttributeName.of(name);
        this.read = read;
        this.write = write;
    }

    /** An attribute that is held as {@code S}, one of the types that James serialises. */
    static <S, T> MailAttribute<T> of(
            String name, Class<S> held, Function<S, T> read, Function<T, AttributeValue<?>> write) {
        return new MailAttribute<>(name, value -> read.apply(held.cast(value)), write);
    }

    static <T> MailAttribute<T> text(String name, Function<String, T> read, Function<T, String> write) {
        return of(name, String.class, read, value -> AttributeValue.of(write.apply(value)));
    }

    public String name() {
        return name.asString();
    }

    /** Empty when it is absent. Throws {@link MessagingException} when it is there and holds something else. */
    public Optional<T> find(Mail mail) throws MessagingException {
        Optional<?> value = AttributeUtils.getAttributeValueFromMail(mail, name);
        try {
            return value.map(read);
        } catch (IllegalArgumentException | ClassCastException e) {
            throw new MessagingException(
                    "attribute " + name() + " of mail " + mail.getName() + ": " + e.getMessage(), e);
        }
    }

    /** Throws {@link MessagingException} when it is absent. */
    public T require(Mail mail) throws MessagingException {
        return find(mail)
                .orElseThrow(
                        () -> new MessagingException(
                                "attribute " + name() + " of mail " + mail.getName()
                                        + ": absent (expected: set when the mail was accepted, or by an earlier step of the pipeline)"));
    }

    public void set(Mail mail, T value) {
        mail.setAttribute(new Attribute(name, write.apply(value)));
    }

    public void remove(Mail mail) {
        mail.removeAttribute(name);
    }

    @Override
    public String toString() {
        return name();
    }
}
