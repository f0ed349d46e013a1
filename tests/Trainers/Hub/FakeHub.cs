using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RlCore.Trainers.Tests.Hub;

/// <summary>A hub in this process with the model <c>org/tiny</c>. Its storage is a second server, another host for a client.</summary>
internal sealed class FakeHub : IDisposable
{
    public const string Id = "org/tiny";

    public const string FirstCommit = "0123456789abcdef0123456789abcdef01234567";

    private readonly LoopbackServer _hub;
    private readonly LoopbackServer _storage;

    public FakeHub(IReadOnlyDictionary<string, byte[]>? files = null)
    {
        Files = (files ?? Model(300)).ToDictionary(StringComparer.Ordinal);
        _hub = new LoopbackServer(request => Change(request, Answer(request)));
        _storage = new LoopbackServer(request => Change(request, Stored(request)));
    }

    public string Address => _hub.Address;

    public string StorageAddress => _storage.Address;

    public Dictionary<string, byte[]> Files { get; }

    /// <summary>Commits by branch or tag.</summary>
    public Dictionary<string, string> Refs { get; } = new() { ["main"] = FirstCommit, ["v1"] = FirstCommit, ["refs/pr/1"] = FirstCommit };

    /// <summary>Whether large files are redirected to the storage.</summary>
    public bool UsesStorage { get; set; }

    /// <summary>Whether the listing has sizes and blobs.</summary>
    public bool ListsBlobs { get; set; } = true;

    /// <summary>Whether a request for the end of a file gets only that.</summary>
    public bool KnowsRanges { get; set; } = true;

    /// <summary>Changes any answer.</summary>
    public Func<LoopbackRequest, LoopbackAnswer, LoopbackAnswer> Change { get; set; } = (_, answer) => answer;

    public IReadOnlyList<LoopbackRequest> Requests => [.. _hub.Requests, .. _storage.Requests];

    public IReadOnlyList<LoopbackRequest> StorageRequests => [.. _storage.Requests];

    /// <summary>The files asked for at the hub, in order.</summary>
    public IReadOnlyList<string> Asked =>
        [.. _hub.Requests.Where(request => request.Path.Contains("/resolve/")).Select(request => request.Path.Split('/')[^1])];

    public static string Etag(string name, byte[] content)
    {
        bool isLarge = name.EndsWith(".safetensors", StringComparison.Ordinal);
        using var hash = IncrementalHash.CreateHash(isLarge ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        hash.AppendData(isLarge ? [] : Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A model whose weights have a length.</summary>
    public static Dictionary<string, byte[]> Model(int weights, int seed = 1) => new()
    {
        ["config.json"] = "{\"model_type\": \"llama\"}"u8.ToArray(),
        ["tokenizer.json"] = "{\"version\": \"1.0\"}"u8.ToArray(),
        ["tokenizer_config.json"] = "{}"u8.ToArray(),
        ["README.md"] = "# Tiny"u8.ToArray(),
        ["onnx/model.onnx"] = new byte[50],
        ["pytorch_model.bin"] = new byte[70],
        ["model.safetensors"] = Bytes(weights, seed),
    };

    /// <summary>A model whose weights are in two files.</summary>
    public static Dictionary<string, byte[]> Sharded(string index = "model-00002-of-00002.safetensors")
    {
        Dictionary<string, byte[]> files = Model(0);
        files.Remove("model.safetensors");
        files["model-00001-of-00002.safetensors"] = Bytes(100, 2);
        files["model-00002-of-00002.safetensors"] = Bytes(200, 3);
        files["model.safetensors.index.json"] = JsonSerializer.SerializeToUtf8Bytes(new
        {
            metadata = new { total_size = 300 },
            weight_map = new Dictionary<string, string> { ["a"] = "model-00001-of-00002.safetensors", ["b"] = index },
        });
        return files;
    }

    public static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
    }

    private static LoopbackAnswer Error(int status, string code) => new(status, "{}"u8.ToArray(), ("X-Error-Code", code));

    private LoopbackAnswer Answer(LoopbackRequest request)
    {
        string[] parts = request.Path.Split('?')[0].Split('/');
        return request.Path.StartsWith($"/api/models/{Id}/revision/", StringComparison.Ordinal)
            ? List(Uri.UnescapeDataString(parts[^1]))
            : request.Path.StartsWith($"/{Id}/resolve/", StringComparison.Ordinal) && parts.Length == 6
                && Files.TryGetValue(parts[5], out byte[]? content) ? Describe(request, parts[5], content)
            : Error(request.Header("Authorization").Length > 0 ? 404 : 401, "RepoNotFound");
    }

    private LoopbackAnswer List(string revision)
    {
        string commit = Refs.GetValueOrDefault(revision, Refs.ContainsValue(revision) ? revision : "");
        return commit.Length == 0
            ? Error(404, "RevisionNotFound")
            : new LoopbackAnswer(200, JsonSerializer.SerializeToUtf8Bytes(new
            {
                id = Id,
                sha = commit,
                siblings = Files.Select(file => Sibling(file.Key, file.Value)),
            }));
    }

    private object Sibling(string name, byte[] content) => !ListsBlobs
        ? new { rfilename = name }
        : name.EndsWith(".safetensors", StringComparison.Ordinal)
            ? new { rfilename = name, size = content.Length, blobId = new string('0', 40), lfs = new { sha256 = Etag(name, content) } }
            : new { rfilename = name, size = content.Length, blobId = Etag(name, content) };

    private LoopbackAnswer Describe(LoopbackRequest request, string name, byte[] content)
    {
        (string, string) commit = ("X-Repo-Commit", FirstCommit);
        if (!UsesStorage || !name.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            return Part(request, content, ("ETag", $"\"{Etag(name, content)}\""), commit);
        }

        return new LoopbackAnswer(
            302,
            "Found. Redirecting"u8.ToArray(),
            ("Location", $"{StorageAddress}/stored/{name}?signature=a%2Fb"),
            ("X-Linked-ETag", $"\"{Etag(name, content)}\""),
            ("X-Linked-Size", content.Length.ToString(CultureInfo.InvariantCulture)),
            ("ETag", "\"not-the-blob\""),
            commit);
    }

    private LoopbackAnswer Stored(LoopbackRequest request) =>
        Part(request, Files[request.Path.Split('?')[0].Split('/')[^1]], ("ETag", "\"of-the-storage\""));

    private LoopbackAnswer Part(LoopbackRequest request, byte[] content, params (string, string)[] headers)
    {
        int offset = request.Offset;
        return !KnowsRanges || request.Header("Range").Length == 0 ? new LoopbackAnswer(200, content, headers)
            : offset >= content.Length ? new LoopbackAnswer(416, [], headers)
            : new LoopbackAnswer(
                206,
                content[offset..],
                [.. headers, ("Content-Range", $"bytes {offset}-{content.Length - 1}/{content.Length}")]);
    }
}
