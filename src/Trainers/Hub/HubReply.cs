using System.Globalization;
using System.Net;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>Reads the answers of a hub, and says what the user can do about those that are not the files asked for.</summary>
internal static class HubReply
{
    private const string Resumes = "try again later; the download continues where it stopped";

    /// <summary>Whether an answer only states another address.</summary>
    public static bool IsRedirection(HttpResponseMessage response) => response.Headers.Location is not null && response.StatusCode
        is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect
        or HttpStatusCode.PermanentRedirect;

    /// <summary>Reads the listing of a repository: <c>sha</c> and <c>siblings</c>.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="content">The answer.</param>
    /// <exception cref="HubFailure">It is none.</exception>
    public static HubListing ReadListing(Uri hub, ReadOnlyMemory<byte> content)
    {
        try
        {
            using JsonDocument document = WholeJson.Parse(content, WholeJson.Foreign);
            string commit = TextOf(document.RootElement, "sha");
            if (!ModelName.IsCommitText(commit)
                || !document.RootElement.TryGetProperty("siblings", out JsonElement siblings)
                || siblings.ValueKind != JsonValueKind.Array)
            {
                throw NotAHub(hub, "an answer without commit or files");
            }

            var files = new Dictionary<string, HubFile>(StringComparer.Ordinal);
            foreach (JsonElement sibling in siblings.EnumerateArray())
            {
                HubFile file = ReadFile(sibling);
                files[file.Name] = file;
            }

            return new HubListing(commit, files);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw NotAHub(hub, "an answer that is no listing of a model");
        }
    }

    /// <summary>Reads blob and size of a file from the headers of an answer.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="response">The answer to a HEAD request.</param>
    /// <exception cref="HubFailure">They are missing.</exception>
    public static HubFile ReadDescription(Uri hub, string file, HttpResponseMessage response)
    {
        string linked = HeaderOf(response, "X-Linked-ETag");
        string etag = HubFile.Normalize(linked.Length > 0 ? linked : HeaderOf(response, "ETag"));
        string linkedSize = HeaderOf(response, "X-Linked-Size");
        long size = long.TryParse(linkedSize, NumberStyles.None, CultureInfo.InvariantCulture, out long stated) ? stated
            : IsRedirection(response) ? -1
            : response.Content.Headers.ContentLength ?? -1;
        var described = new HubFile(file, etag, size);
        return described.IsKnown ? described : throw NotAHub(hub, $"no ETag or no size of {file}");
    }

    /// <summary>The failure of an answer with an error status.</summary>
    /// <param name="settings">The hub.</param>
    /// <param name="name">The model.</param>
    /// <param name="response">The answer.</param>
    public static HubFailure Refused(HubSettings settings, ModelName name, HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        string code = HeaderOf(response, "X-Error-Code");
        var page = new Uri(settings.Endpoint, name.Id);
        string token = settings.Token.Length > 0
            ? "a token that may read it (HF_TOKEN is set, or a token file exists, but the hub does not accept it for this model)"
            : $"a token: make one at {new Uri(settings.Endpoint, "settings/tokens")} and set HF_TOKEN to it";
        (string found, string expected) = (status, code) switch
        {
            (401 or 403, "GatedRepo") => (
                $"a gated model (status {status})", $"that you accept its licence at {page}; and {token}"),
            (_, "RevisionNotFound") => (
                $"no revision {name.Revision} (status {status})", $"a branch, tag or commit from {page}/commits/main"),
            (401 or 403, _) => (
                $"no model of this name that may be read as you are (status {status})",
                $"the name of a public model, as it stands at {settings.Endpoint}; a folder; or {token}"),
            (404, "EntryNotFound") => ($"a file that the hub lists and does not have (status {status})", "a complete repository"),
            (404, _) => (
                $"no such model (status {status})",
                $"a name org/name as it stands at {settings.Endpoint}, or a folder that exists"),
            (408 or 429 or >= 500, _) => (
                $"{settings.Endpoint} busy or out of order (status {status})",
                settings.Token.Length > 0 || status != 429 ? Resumes : $"{Resumes}; limits are higher with {token}"),
            _ => ($"status {status} from {settings.Endpoint}", "a file"),
        };
        return new HubFailure(status is 408 or 416 or 429 or >= 500 ? HubFailureKind.Passing : HubFailureKind.Final, found, expected)
        {
            RetryAfter = HeaderOf(response, "Retry-After"),
            RefusesRange = status == 416,
        };
    }

    /// <summary>The failure of an answer with an error status from the storage to which a hub redirects.</summary>
    /// <param name="address">The address.</param>
    /// <param name="response">The answer. A new address from the hub may be accepted, unless it is the range that is refused.</param>
    public static HubFailure RefusedByStorage(Uri address, HttpResponseMessage response) =>
        new(HubFailureKind.Passing, $"status {(int)response.StatusCode} from the storage {address.Host}", Resumes)
        {
            RetryAfter = HeaderOf(response, "Retry-After"),
            RefusesRange = response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable,
        };

    /// <summary>The failure of a request that got no answer.</summary>
    public static HubFailure Unreachable(HubSettings settings, HttpRequestException failure) =>
        failure.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse
            ? Cut(settings.Endpoint, failure)
            : new HubFailure(
                HubFailureKind.Unreachable,
                $"no connection to {settings.Endpoint} ({(failure.InnerException ?? failure).Message.ReplaceLineEndings(" ")})",
                $"a network, the address of a mirror in HF_ENDPOINT, a model in the cache {settings.CacheFolder}, or a folder with the "
                    + "model's files",
                failure);

    /// <summary>The failure of a connection that ended too early.</summary>
    public static HubFailure Cut(Uri hub, Exception failure) => new(
        HubFailureKind.Passing, $"a broken connection to {hub} ({failure.Message.ReplaceLineEndings(" ")})", Resumes, failure);

    /// <summary>The failure of a connection on which nothing arrives.</summary>
    public static HubFailure Silent(Uri hub, TimeSpan silence, Exception failure) => new(
        HubFailureKind.Passing,
        string.Create(CultureInfo.InvariantCulture, $"nothing from {hub} for {silence.TotalSeconds:0.#} s"),
        Resumes,
        failure);

    /// <summary>The failure of a listing that does not end.</summary>
    public static HubFailure Late(Uri hub, TimeSpan time, Exception failure) => new(
        HubFailureKind.Passing,
        string.Create(CultureInfo.InvariantCulture, $"a listing from {hub} that is not whole after {time.TotalSeconds:0.#} s"),
        Resumes,
        failure);

    /// <summary>The failure of an answer that redirects to an unsafe address, or too often.</summary>
    public static HubFailure Misdirected(Uri from, Uri to) => new(
        HubFailureKind.Final,
        $"a redirection from {from.GetLeftPart(UriPartial.Path)} to {to.GetLeftPart(UriPartial.Path)}",
        "few redirections, none of them from https to http");

    /// <summary>The failure of an answer that is not a hub's.</summary>
    public static HubFailure NotAHub(Uri hub, string found) => new(
        HubFailureKind.Final, $"{found} from {hub}", "a Hugging Face hub: is a proxy or a login page in between, or HF_ENDPOINT wrong?");

    private static HubFile ReadFile(JsonElement sibling)
    {
        bool isLinked = sibling.TryGetProperty("lfs", out JsonElement linked) && linked.ValueKind == JsonValueKind.Object;
        string etag = isLinked ? TextOf(linked, "sha256") : TextOf(sibling, "blobId");
        long size = sibling.TryGetProperty("size", out JsonElement stated) && stated.TryGetInt64(out long bytes) ? bytes : -1;
        return new HubFile(TextOf(sibling, "rfilename"), HubFile.Normalize(etag), size);
    }

    private static string TextOf(JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string HeaderOf(HttpResponseMessage response, string header) =>
        response.Headers.NonValidated.TryGetValues(header, out var values) ? values.ToString() : "";
}
