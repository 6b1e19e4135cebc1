<?php // Sends one message of the kind that clients.sh names, by PHPMailer.
require '/usr/share/php/libphp-phpmailer/autoload.php';

[, $kind, $mode, $port, $user, $password, $sender, $directory] = $argv;
$file = fn($name) => file_get_contents("$directory/$name");
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = '127.0.0.1';
$mail->Port = (int) $port;
$mail->SMTPSecure = $mode === 'tls' ? 'ssl' : 'tls';
$mail->SMTPAuth = true;
$mail->Username = $user;
$mail->Password = $password;
$mail->SMTPOptions = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]];
$mail->CharSet = 'UTF-8';
$mail->setFrom($sender);
foreach (array_slice($argv, 8) as $recipient) {
    $mail->addAddress($recipient);
}
$mail->Subject = $file('subject');
$mail->Body = $file($kind === 'html' ? 'html' : 'text');
if ($kind === 'html') {
    $mail->isHTML();
    $mail->AltBody = $file('text');
}
if ($kind === 'html' || $kind === 'large') {
    $mail->addStringAttachment($file('attachment'), 'Anhang ü.bin', 'base64', 'application/octet-stream');
}
$mail->send();
