using System.Text.RegularExpressions;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Hub;

/// <summary>
/// Where models are kept and where they come from. The environment variables and their order of precedence are those of
/// the Python package huggingface_hub.
/// </summary>
internal sealed partial class HubSettings
{
    private HubSettings(string cacheFolder, Uri endpoint, string token, bool isOffline, bool usesLinks)
    {
        CacheFolder = cacheFolder;
        Endpoint = endpoint;
        Token = token;
        IsOffline = isOffline;
        UsesLinks = usesLinks;
    }

    /// <summary>
    /// The cache: <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else <c>XDG_CACHE_HOME/huggingface/hub</c>, else
    /// <c>~/.cache/huggingface/hub</c>.
    /// </summary>
    public string CacheFolder { get; }

    /// <summary>Address of the hub, ending in a slash: <c>HF_ENDPOINT</c>, else https://huggingface.co.</summary>
    public Uri Endpoint { get; }

    /// <summary>
    /// The token sent to the hub: <c>HF_TOKEN</c>, else the content of the file <c>HF_TOKEN_PATH</c>, else of <c>HF_HOME/token</c>;
    /// empty if there is none.
    /// </summary>
    public string Token { get; }

    /// <summary>Whether no request may be sent: <c>HF_HUB_OFFLINE</c> or <c>TRANSFORMERS_OFFLINE</c> is 1, true, yes or on.</summary>
    public bool IsOffline { get; }

    /// <summary>Whether snapshots link to blobs: unless <c>HF_HUB_DISABLE_SYMLINKS</c> is 1, true, yes or on.</summary>
    public bool UsesLinks { get; }

    /// <summary>Reads the settings.</summary>
    /// <param name="environment">The value of an environment variable; null if it is not set.</param>
    /// <exception cref="InputException">An address or a token cannot be used.</exception>
    public static HubSettings Read(Func<string, string?> environment)
    {
        string Of(string name) => environment(name)?.Trim() ?? "";
        bool IsOn(string name) => Of(name).ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
        string Folder(string name, string otherwise) => Of(name).Length > 0 ? Expand(Of(name), environment) : otherwise;

        string caches = Folder("XDG_CACHE_HOME", Path.Combine(HomeOf(environment), ".cache"));
        string home = Folder("HF_HOME", Path.Combine(caches, "huggingface"));
        string tokenFile = Folder("HF_TOKEN_PATH", Path.Combine(home, "token"));
        string token = Of("HF_TOKEN");
        return new HubSettings(
            Path.GetFullPath(Folder("HF_HUB_CACHE", Path.Combine(home, "hub"))),
            ReadEndpoint(Of("HF_ENDPOINT")),
            token.Length > 0 ? Check(token, "environment variable HF_TOKEN")
                : File.Exists(tokenFile) ? Check(File.ReadAllText(tokenFile).Trim(), tokenFile)
                : "",
            IsOn("HF_HUB_OFFLINE") || IsOn("TRANSFORMERS_OFFLINE"),
            !IsOn("HF_HUB_DISABLE_SYMLINKS"));
    }

    private static Uri ReadEndpoint(string text)
    {
        string address = text.Length > 0 ? text : "https://huggingface.co";
        return Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https"
            ? endpoint
            : throw new InputException(new InputProblem(
                "environment variable HF_ENDPOINT", 0, "", Characters.Quote(text), "an address such as https://huggingface.co"));
    }

    // The token itself is in no message.
    private static string Check(string token, string source) => token.All(character => character is > ' ' and <= '~')
        ? token
        : throw new InputException(new InputProblem(
            source, 0, "", "a token with characters that no token has", "a token from https://huggingface.co/settings/tokens"));

    private static string Expand(string path, Func<string, string?> environment)
    {
        string expanded = VariablePattern().Replace(path, match => environment(match.Groups["name"].Value) ?? match.Value);
        return expanded == "~" || expanded.StartsWith("~/", StringComparison.Ordinal)
            ? HomeOf(environment) + expanded[1..]
            : expanded;
    }

    private static string HomeOf(Func<string, string?> environment) => environment("HOME") is { Length: > 0 } home
        ? home
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [GeneratedRegex(@"\$((?<name>\w+)|\{(?<name>\w+)\})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex VariablePattern();
}
