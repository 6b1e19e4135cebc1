package io.postrider.trace.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.dispatch.MessageOperations;
import io.postrider.dispatch.MessageOperations.Cancellation;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import spark.HaltException;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /messages}: what became of each message, and what an admin may do to it. */
public final class MessageRoutes implements Routes {
    private static final List<String> STATES = Stream.concat(
                    Stream.of("open", "mixed"),
                    Arrays.stream(DeliveryState.values()).map(DeliveryState::toString))
            .toList();

    private final MessageLog log;
    private final MessageOperations operations;

    @Inject
    public MessageRoutes(MessageLog log, MessageOperations operations) {
        this.log = log;
        this.operations = operations;
    }

    @Override
    public String getBasePath() {
        return "/messages";
    }

    @Override
    public void define(Service service) {
        service.get(getBasePath(), Json.answer(this::search));
        service.get(getBasePath() + "/:id", Json.answer(this::find));
        service.get(getBasePath() + "/:id/content", this::content);
        service.post(getBasePath() + "/:id/retry", this::retry);
        service.post(getBasePath() + "/:id/cancel", Json.answer(this::cancel));
    }

    private Object search(Request request, Response response) {
        Query query = Query.of(request, "recipient", "sender", "from", "to", "state", "limit", "cursor");
        Paging paging = Paging.of(query);
        return Paging.view(
                log.search(new MessageQuery(
                        query.value("recipient", EmailAddress::parse),
                        query.value("sender", EmailAddress::parse),
                        query.time("from"),
                        query.time("to"),
                        query.text("state").map(MessageRoutes::requireState),
                        paging.limit(),
                        paging.cursor())),
                SummaryView::of);
    }

    private static String requireState(String text) {
        if (STATES.contains(text)) {
            return text;
        }
        throw new IllegalArgumentException(
                "state: '" + text + "' (expected one of: " + String.join(", ", STATES) + ")");
    }

    private Object find(Request request, Response response) {
        MessageId id = id(request);
        return log.find(id).map(TraceView::of).orElseThrow(() -> unknown(id));
    }

    private Object content(Request request, Response response) {
        MessageId id = id(request);
        byte[] content = operations
                .content(id)
                .orElseThrow(() -> isKnown(id)
                        ? Errors.gone("The content of message '" + id + "' is no longer kept: it left the queue")
                        : unknown(id));
        response.type("message/rfc822");
        return content;
    }

    private Object retry(Request request, Response response) {
        MessageId id = id(request);
        Json.readNothing(request);
        switch (operations.retry(id)) {
            case UNKNOWN_MESSAGE -> throw unknown(id);
            case NOTHING_TO_RETRY ->
                throw Errors.conflict("Nothing to retry in message '" + id
                        + "': each delivery is final, or an attempt is due or under way");
            case STARTED -> response.status(202);
        }
        return "";
    }

    private Object cancel(Request request, Response response) {
        MessageId id = id(request);
        Json.readNothing(request);
        return operations.cancel(id).map(CancelView::of).orElseThrow(() -> unknown(id));
    }

    private boolean isKnown(MessageId id) {
        return log.deliveries(List.of(id)).containsKey(id);
    }

    private static MessageId id(Request request) {
        return new MessageId(PathParameters.second(request));
    }

    private static HaltException unknown(MessageId id) {
        return Errors.notFound("message", id);
    }

    private record SummaryView(
            String id,
            String state,
            String tenant,
            String stream,
            Optional<String> sender,
            String subject,
            long size,
            Instant acceptedAt,
            int recipients) {
        static SummaryView of(MessageSummary message) {
            return new SummaryView(
                    message.id().value(),
                    message.state(),
                    message.tenant(),
                    message.stream(),
                    message.sender().map(EmailAddress::toString),
                    message.subject(),
                    message.size(),
                    message.acceptedAt(),
                    message.recipients());
        }
    }

    private record CancelView(List<RecipientView> recipients) {
        static CancelView of(Map<EmailAddress, Cancellation> results) {
            return new CancelView(results.entrySet().stream()
                    .map(result -> new RecipientView(
                            result.getKey().toString(),
                            result.getValue() == Cancellation.CANCELLED ? "cancelled" : "tooLate"))
                    .toList());
        }
    }

    private record RecipientView(String recipient, String result) {}
}
