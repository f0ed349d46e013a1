using System.Reflection;
using System.Text;

namespace RlCore.Worker.Watching;

/// <summary>The files of the page, which are part of the program.</summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    private static readonly Assembly Own = typeof(PageFiles).Assembly;

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    };

    private static readonly HashSet<string> Names =
    [
        .. Own.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..]),
    ];

    /// <summary>Opens a file of the page.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="stream">Its content.</param>
    /// <param name="type">Its media type.</param>
    /// <returns>Whether there is such a file.</returns>
    public static bool TryOpen(string name, out Stream stream, out string type)
    {
        bool known = Names.Contains(name) && Types.ContainsKey(Path.GetExtension(name));
        stream = known ? Own.GetManifestResourceStream(Prefix + name)! : Stream.Null;
        type = known ? Types[Path.GetExtension(name)] : "";
        return known;
    }

    /// <summary>A file of the page as text.</summary>
    /// <param name="name">Its name.</param>
    public static string Read(string name)
    {
        TryOpen(name, out Stream stream, out _);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
