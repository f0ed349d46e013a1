using System.Net;

namespace RlCore.Trainers.Hub;

/// <summary>
/// Receives one blob into <c>ETAG.incomplete</c>, which becomes <c>ETAG</c> when size and hash are right. After a broken connection, or in
/// another process, it continues with the bytes on disk.
/// </summary>
/// <param name="client">The hub.</param>
/// <param name="limits">The limits.</param>
/// <param name="clock">The time.</param>
internal sealed class BlobDownload(HubClient client, HubLimits limits, TimeProvider clock)
{
    /// <summary>The suffix of a blob that is not complete.</summary>
    public const string Suffix = ".incomplete";

    /// <summary>Receives a blob. The caller holds its lock.</summary>
    /// <param name="source">Repository and commit.</param>
    /// <param name="file">The file; its blob and size are known.</param>
    /// <param name="blob">The blob's path.</param>
    /// <param name="observer">Told of the progress.</param>
    /// <param name="stop">Stops; what was received stays.</param>
    /// <exception cref="HubFailure">The file cannot be had, or what was received is something else.</exception>
    public async Task RunAsync(
        HubCommit source,
        HubFile file,
        string blob,
        IHubObserver? observer,
        CancellationToken stop)
    {
        string incomplete = blob + Suffix;
        while (true)
        {
            long earlier;
            using (PartialBlob partial = PartialBlob.Open(incomplete, file, stop))
            {
                earlier = partial.Length;
                observer?.FileAdvanced(file.Name, earlier, file.Size);
                await ReceiveAsync(source, file, partial, observer, stop).ConfigureAwait(false);
                if (partial.Complete())
                {
                    break;
                }
            }

            File.Delete(incomplete);

            // If the wrong bytes may be those of an earlier process, everything is received once more.
            if (earlier == 0)
            {
                throw new HubFailure(
                    HubFailureKind.Final,
                    $"other bytes than the hub states for {file.Name} (the hash is not {file.Etag}); they were deleted",
                    "the file as the hub states it; try again, and look for a proxy that changes downloads");
            }
        }

        File.Move(incomplete, blob, overwrite: true);
    }

    private async Task ReceiveAsync(
        HubCommit source,
        HubFile file,
        PartialBlob partial,
        IHubObserver? observer,
        CancellationToken stop)
    {
        var tries = new HubTries(limits, clock);
        bool asksForRange = true;
        while (partial.Length < file.Size)
        {
            long before = partial.Length;
            HubFailure failure;
            try
            {
                long offset = asksForRange ? partial.Length : 0;
                using HttpResponseMessage response = await client.OpenAsync(source, file.Name, offset, stop).ConfigureAwait(false);
                await ReadAsync(response, file, partial, observer, stop).ConfigureAwait(false);
                continue;
            }
            catch (HubFailure failed)
            {
                failure = failed;
            }

            asksForRange &= !failure.RefusesRange;
            if (partial.Length > before)
            {
                tries.Advance();
            }

            await tries.WaitAsync(failure, stop).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(
        HttpResponseMessage response,
        HubFile file,
        PartialBlob partial,
        IHubObserver? observer,
        CancellationToken stop)
    {
        // A server may ignore the range and send everything: then the bytes that are on disk already are skipped.
        long skip = partial.Length - StartOf(response, file, partial.Length);
        var buffer = new byte[1 << 16];
        using Stream body = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        while (await client.WithinSilenceAsync(token => body.ReadAsync(buffer, token).AsTask(), stop).ConfigureAwait(false)
            is var read and > 0)
        {
            int skipped = (int)Math.Min(skip, read);
            skip -= skipped;
            if (read - skipped > file.Size - partial.Length)
            {
                throw WrongSize(file, $"more than {file.Size}");
            }

            partial.Append(buffer.AsSpan(skipped, read - skipped));
            observer?.FileAdvanced(file.Name, partial.Length, file.Size);
        }

        if (partial.Length < file.Size)
        {
            throw client.Cut($"it ended {file.Size - partial.Length} bytes before the end of {file.Name}");
        }
    }

    // The position of the first byte of an answer.
    private static long StartOf(HttpResponseMessage response, HubFile file, long most)
    {
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            var range = response.Content.Headers.ContentRange;
            return (range?.Length ?? file.Size) != file.Size ? throw WrongSize(file, $"{range!.Length}")
                : range?.From <= most ? range.From.Value
                : throw WrongSize(file, "a part that was not asked for, with some");
        }

        return (response.Content.Headers.ContentLength ?? file.Size) == file.Size
            ? 0
            : throw WrongSize(file, $"{response.Content.Headers.ContentLength}");
    }

    private static HubFailure WrongSize(HubFile file, string found) => new(
        HubFailureKind.Final,
        $"{found} bytes for {file.Name}",
        $"{file.Size} bytes, as the hub states; try again, and look for a proxy or a login page in between");
}
