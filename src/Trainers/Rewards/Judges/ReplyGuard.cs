using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Stands between the client and the network: a reply is read up to a limit and then cut, and a redirection is reported instead of
/// followed, because it would carry prompt and completion to an address that nobody stated.
/// </summary>
/// <param name="endpoint">The endpoint's address, for messages.</param>
/// <param name="most">The largest reply, in bytes.</param>
internal sealed class ReplyGuard(string endpoint, int most)
    : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
{
    private const int BytesAtOnce = 1 << 14;

    /// <inheritdoc/>
    /// <exception cref="JudgeException">The reply is too large, or a redirection.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            RequireNoRedirection(response);
            using HttpContent body = response.Content;
            var whole = new ByteArrayContent(await ReadAsync(body, cancellationToken).ConfigureAwait(false));
            foreach (var (name, values) in body.Headers.NonValidated)
            {
                whole.Headers.TryAddWithoutValidation(name, values);
            }

            response.Content = whole;
            return response;
        }
        catch
        {
            // Closes the connection, so that the rest of an endless reply is not received.
            response.Dispose();
            throw;
        }
    }

    private void RequireNoRedirection(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (status is >= 300 and < 400 && response.Headers.Location is { } location)
        {
            throw new JudgeException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{endpoint} redirects to {location} (status {status}). Redirections are not followed, because they would send "
                        + $"prompts and completions to another address than the stated one; state the new address as the endpoint if "
                        + $"it is the right one."),
                null,
                isFinal: true);
        }
    }

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken stop)
    {
        RequireRoom(content.Headers.ContentLength ?? 0);
        using Stream body = await content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        using var kept = new MemoryStream();
        var buffer = new byte[BytesAtOnce];
        while (await body.ReadAsync(buffer, stop).ConfigureAwait(false) is var read and > 0)
        {
            RequireRoom(kept.Length + read);
            kept.Write(buffer.AsSpan(0, read));
        }

        return kept.ToArray();
    }

    private void RequireRoom(long length)
    {
        if (length > most)
        {
            throw new OddReplyException(string.Create(
                CultureInfo.InvariantCulture,
                $"{endpoint} sent more than {most} bytes, the limit of a reply (maxReplyBytes); the reply was cut off."));
        }
    }
}
