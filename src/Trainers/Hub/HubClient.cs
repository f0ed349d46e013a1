using System.Net.Http.Headers;

namespace RlCore.Trainers.Hub;

/// <summary>
/// Talks to a hub: lists a repository, describes and opens its files. Redirections are followed here, because only the hub itself
/// may receive the token.
/// </summary>
/// <param name="settings">Address and token.</param>
/// <param name="http">Sends requests; its handler must not follow redirections.</param>
/// <param name="limits">The limits.</param>
/// <param name="clock">The time.</param>
internal sealed class HubClient(HubSettings settings, HttpClient http, HubLimits limits, TimeProvider clock)
{
    private const int MostRedirects = 10;

    private const int LargestListing = 32 << 20;

    private static readonly ProductInfoHeaderValue Product =
        new("rlcore", typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>The commit that a revision means, and its files.</summary>
    /// <param name="name">The model.</param>
    /// <param name="tries">Counts the tries.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <exception cref="HubFailure">There is no such model, or the hub does not tell.</exception>
    public Task<HubListing> ListAsync(ModelName name, HubTries tries, CancellationToken stop) => RepeatAsync(
        tries,
        async () =>
        {
            var address = new Uri(
                settings.Endpoint, $"api/models/{name.Id}/revision/{Uri.EscapeDataString(name.Revision)}?blobs=true");
            using HttpResponseMessage response = await SendAsync(name, HttpMethod.Get, address, 0, isDescription: false, stop)
                .ConfigureAwait(false);
            byte[] listing = await WithinAsync(limits.Listing, HubReply.Late, token => ReadAsync(response, token), stop)
                .ConfigureAwait(false);
            return HubReply.ReadListing(settings.Endpoint, listing);
        },
        stop);

    /// <summary>Asks for blob and size of a file that the listing does not describe.</summary>
    /// <param name="source">Repository and commit.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <exception cref="HubFailure">The hub does not tell.</exception>
    public Task<HubFile> DescribeAsync(HubCommit source, string file, CancellationToken stop) => RepeatAsync(
        new HubTries(limits, clock),
        async () =>
        {
            using HttpResponseMessage response = await SendAsync(
                source.Name, HttpMethod.Head, AddressOf(source, file), 0, isDescription: true, stop).ConfigureAwait(false);
            return HubReply.ReadDescription(settings.Endpoint, file, response);
        },
        stop);

    /// <summary>Begins to receive a file. Nothing is repeated here.</summary>
    /// <param name="source">Repository and commit.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="offset">Bytes that are not needed; the answer may contain them nevertheless.</param>
    /// <param name="stop">Cancels the request.</param>
    /// <returns>The answer, with status 200 or 206; its body is not yet read.</returns>
    /// <exception cref="HubFailure">The file cannot be had.</exception>
    public Task<HttpResponseMessage> OpenAsync(HubCommit source, string file, long offset, CancellationToken stop) =>
        SendAsync(source.Name, HttpMethod.Get, AddressOf(source, file), offset, isDescription: false, stop);

    /// <summary>Waits for a network operation, but not for one that makes no progress.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="work">The operation.</param>
    /// <param name="stop">Cancels it.</param>
    /// <exception cref="HubFailure">It failed, or took longer than <see cref="HubLimits.Silence"/>.</exception>
    public async Task<T> WithinSilenceAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        try
        {
            return await WithinAsync(limits.Silence, HubReply.Silent, work, stop).ConfigureAwait(false);
        }
        catch (HttpRequestException failure)
        {
            throw HubReply.Unreachable(settings, failure);
        }
        catch (IOException failure)
        {
            throw HubReply.Cut(settings.Endpoint, failure);
        }
    }

    /// <summary>The failure of a connection that ended too early.</summary>
    /// <param name="how">How it ended.</param>
    public HubFailure Cut(string how) => HubReply.Cut(settings.Endpoint, new IOException(how));

    // A time that runs out is a failure; what the caller cancels is none.
    private async Task<T> WithinAsync<T>(
        TimeSpan time,
        Func<Uri, TimeSpan, Exception, HubFailure> late,
        Func<CancellationToken, Task<T>> work,
        CancellationToken stop)
    {
        using var clocked = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, clocked.Token);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException failure) when (!stop.IsCancellationRequested)
        {
            throw late(settings.Endpoint, time, failure);
        }
    }

    private static async Task<T> RepeatAsync<T>(HubTries tries, Func<Task<T>> work, CancellationToken stop)
    {
        while (true)
        {
            HubFailure failure;
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (HubFailure failed)
            {
                failure = failed;
            }

            await tries.WaitAsync(failure, stop).ConfigureAwait(false);
        }
    }

    private Uri AddressOf(HubCommit source, string file) =>
        new(settings.Endpoint, $"{source.Name.Id}/resolve/{source.Commit}/{Uri.EscapeDataString(file)}");

    private async Task<HttpResponseMessage> SendAsync(
        ModelName name,
        HttpMethod method,
        Uri address,
        long offset,
        bool isDescription,
        CancellationToken stop)
    {
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await WithinSilenceAsync(
                token => SendOnceAsync(method, address, offset, token), stop).ConfigureAwait(false);
            if (!HubReply.IsRedirection(response))
            {
                return response.IsSuccessStatusCode ? response : throw Refuse(name, address, response);
            }

            Uri next = new(address, response.Headers.Location!);

            // The hub describes a large file in the answer that redirects to the storage.
            if (isDescription && !IsHub(next))
            {
                return response;
            }

            response.Dispose();
            bool isSafe = next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && address.Scheme == next.Scheme);
            address = isSafe && redirects < MostRedirects ? next : throw HubReply.Misdirected(address, next);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long offset, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.UserAgent.Add(Product);

        // Sizes and hashes are those of the content as it is stored.
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (settings.Token.Length > 0 && IsHub(address))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.Token);
        }

        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
    }

    private bool IsHub(Uri address) => address.Scheme == settings.Endpoint.Scheme && address.Authority == settings.Endpoint.Authority;

    private HubFailure Refuse(ModelName name, Uri address, HttpResponseMessage response)
    {
        using (response)
        {
            return IsHub(address) ? HubReply.Refused(settings, name, response) : HubReply.RefusedByStorage(address, response);
        }
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        using Stream body = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        while (await WithinSilenceAsync(token => body.ReadAsync(buffer, token).AsTask(), stop).ConfigureAwait(false) is var read and > 0)
        {
            content.Write(buffer.AsSpan(0, read));
            if (content.Length > LargestListing)
            {
                throw HubReply.NotAHub(settings.Endpoint, $"a listing of more than {LargestListing >> 20} MiB");
            }
        }

        return content.ToArray();
    }
}
