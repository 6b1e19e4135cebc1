package io.postrider.bridge;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.returnpath.ReturnPathMode;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.trace.EntryId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.mailet.AttributeValue;

/** The attributes that our mails carry through the pipeline and the queue. Their names are public API for those who edit the pipeline. */
public final class MailAttributes {
    public static final MailAttribute<MessageId> MESSAGE_ID =
            MailAttribute.text("postrider.messageId", MessageId::new, MessageId::value);
    public static final MailAttribute<EntryId> ENTRY_ID =
            MailAttribute.text("postrider.entryId", EntryId::new, EntryId::value);
    public static final MailAttribute<String> TENANT = text("postrider.tenant");
    public static final MailAttribute<String> STREAM = text("postrider.stream");
    /** A user name, or {@code network:CIDR}. */
    public static final MailAttribute<String> SUBMITTER = text("postrider.submitter");

    public static final MailAttribute<Instant> ACCEPTED_AT =
            MailAttribute.text("postrider.acceptedAt", MailAttributes::instant, Instant::toString);
    /** Decoded, as it was at acceptance. */
    public static final MailAttribute<String> SUBJECT = text("postrider.subject");
    /** In bytes, as it was at acceptance. */
    public static final MailAttribute<Long> SIZE =
            MailAttribute.of("postrider.size", Long.class, Function.identity(), AttributeValue::of);
    /** The hops of each recipient, in order of fail-over. */
    public static final MailAttribute<Map<EmailAddress, List<Hop>>> ROUTES =
            MailAttribute.of("postrider.routes", Map.class, MailAttributes::routes, MailAttributes::routesValue);

    public static final MailAttribute<ReturnPathMode> RETURN_PATH =
            MailAttribute.text("postrider.returnPath", ReturnPathMode::parse, ReturnPathMode::toString);
    public static final MailAttribute<String> RETURN_PATH_DOMAIN = text("postrider.returnPathDomain");
    /** All recipients of the message in the order of their addresses: the place in it is the index in a return path. Absent when there is one. */
    public static final MailAttribute<List<EmailAddress>> RECIPIENTS = MailAttribute.of(
            "postrider.recipients", Collection.class, MailAttributes::addresses, MailAttributes::addressesValue);
    /** Which held mail this is, when it comes from the repository of those. */
    public static final MailAttribute<EntryId> HELD_KEY =
            MailAttribute.text("postrider.heldKey", EntryId::new, EntryId::value);
    /** Why a policy refused the mail, as SMTP reply text. */
    public static final MailAttribute<String> REFUSAL = text("postrider.refusal");

    private static final Map<HeaderSet, MailAttribute<String>> DKIM = Arrays.stream(HeaderSet.values())
            .collect(Collectors.toUnmodifiableMap(Function.identity(), set -> text("postrider.dkim." + set.name())));

    private MailAttributes() {}

    /** The {@code DKIM-Signature} fields, each with its final CRLF, for a way that keeps those header fields. */
    public static MailAttribute<String> dkim(HeaderSet set) {
        return DKIM.get(set);
    }

    private static MailAttribute<String> text(String name) {
        return MailAttribute.text(name, Function.identity(), Function.identity());
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (java.time.format.DateTimeParseException e) {
            throw new IllegalArgumentException("'" + text + "' (expected: a time such as 2026-11-25T10:00:00Z)", e);
        }
    }

    private static Map<EmailAddress, List<Hop>> routes(Map<?, ?> held) {
        Map<EmailAddress, List<Hop>> routes = new LinkedHashMap<>();
        held.forEach((recipient, hops) -> {
            String text = (String) ((AttributeValue<?>) hops).getValue();
            routes.put(EmailAddress.parse((String) recipient), hops(text));
        });
        return routes;
    }

    private static List<Hop> hops(String text) {
        if (text.indexOf(',') < 0) {
            return List.of(Hop.parse(text));
        }
        return Arrays.stream(text.split(",")).map(Hop::parse).toList();
    }

    private static String text(List<Hop> hops) {
        return hops.size() == 1
                ? hops.get(0).toString()
                : hops.stream().map(Hop::toString).collect(Collectors.joining(","));
    }

    private static List<EmailAddress> addresses(Collection<?> held) {
        return held.stream()
                .map(value -> EmailAddress.parse((String) ((AttributeValue<?>) value).getValue()))
                .toList();
    }

    private static AttributeValue<?> addressesValue(List<EmailAddress> addresses) {
        List<AttributeValue<?>> held = new ArrayList<>();
        addresses.forEach(address -> held.add(AttributeValue.of(address.toString())));
        return AttributeValue.of(held);
    }

    private static AttributeValue<?> routesValue(Map<EmailAddress, List<Hop>> routes) {
        Map<String, AttributeValue<?>> held = new LinkedHashMap<>();
        routes.forEach((recipient, hops) -> held.put(recipient.toString(), AttributeValue.of(text(hops))));
        return AttributeValue.of(held);
    }
}
