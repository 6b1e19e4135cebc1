import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;
import javax.activation.DataHandler;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;
import javax.mail.util.ByteArrayDataSource;

/** Sends one message of the kind that clients.sh names, by Jakarta Mail. */
class Client {
    public static void main(String[] args) throws Exception {
        String kind = args[0];
        boolean tls = args[1].equals("tls");
        Path files = Path.of(args[6]);
        Properties properties = new Properties();
        String protocol = tls ? "smtps" : "smtp";
        properties.put("mail." + protocol + ".auth", "true");
        properties.put("mail." + protocol + ".ssl.trust", "*");
        properties.put("mail." + protocol + ".ssl.checkserveridentity", "false");
        properties.put("mail.smtp.starttls.required", "true");
        properties.put("mail.smtp.starttls.enable", "true");
        Session session = Session.getInstance(properties);

        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(args[5]));
        for (String recipient : Arrays.copyOfRange(args, 7, args.length)) {
            message.addRecipient(Message.RecipientType.TO, new InternetAddress(recipient));
        }
        message.setSubject(Files.readString(files.resolve("subject")), "UTF-8");
        MimeMultipart parts = new MimeMultipart();
        parts.addBodyPart(text(Files.readString(files.resolve("text")), "plain"));
        if (kind.equals("html")) {
            parts.addBodyPart(text(Files.readString(files.resolve("html")), "html"));
        }
        if (kind.equals("html") || kind.equals("large")) {
            MimeBodyPart attachment = new MimeBodyPart();
            attachment.setDataHandler(new DataHandler(
                    new ByteArrayDataSource(Files.readAllBytes(files.resolve("attachment")), "application/octet-stream")));
            attachment.setFileName("attachment.bin");
            parts.addBodyPart(attachment);
        }
        message.setContent(parts);
        message.saveChanges();
        try (Transport transport = session.getTransport(protocol)) {
            transport.connect("127.0.0.1", Integer.parseInt(args[2]), args[3], args[4]);
            transport.sendMessage(message, message.getAllRecipients());
        }
    }

    private static MimeBodyPart text(String text, String subtype) throws Exception {
        MimeBodyPart part = new MimeBodyPart();
        part.setText(text, "UTF-8", subtype);
        return part;
    }
}
