using System.Security.Cryptography;
using System.Text;
using RlCore.Trainers.Runs;

namespace RlCore.Worker.Watching;

/// <summary>
/// The runs under some folders. A request names a run by its id, and an id is only looked up among what was found here: no part of a
/// request becomes a path. Links are not followed.
/// </summary>
/// <param name="roots">Folders of runs, or runs.</param>
internal sealed class RunCatalogue(IReadOnlyList<string> roots)
{
    private const int Depth = 2;
    private const int MostRuns = 1000;
    private static readonly EnumerationOptions Plain = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    private readonly IReadOnlyList<string> _names = FolderNames.Of(roots);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, WatchedRun> _runs = new(StringComparer.Ordinal);

    /// <summary>The folders, for people.</summary>
    public string Title => string.Join(", ", _names);

    /// <summary>Looks for runs.</summary>
    /// <returns>The runs in the order of their folders; in each, those that began last first.</returns>
    public IReadOnlyList<WatchedRun> Scan()
    {
        lock (_gate)
        {
            var found = new Dictionary<string, WatchedRun>(StringComparer.Ordinal);
            foreach (var (root, rootName) in roots.Zip(_names))
            {
                WatchedRun[] runs = [.. Find(root, Depth).Take(MostRuns).Select(folder => RunOf(folder, root, rootName))];
                foreach (WatchedRun run in runs.OrderByDescending(run => run.Began))
                {
                    found.TryAdd(run.Id, run);
                }
            }

            _runs.Clear();
            foreach (var (id, run) in found)
            {
                _runs.Add(id, run);
            }

            return [.. found.Values];
        }
    }

    /// <summary>A run that was found.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="run">The run.</param>
    public bool TryFind(string id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WatchedRun? run)
    {
        lock (_gate)
        {
            return _runs.TryGetValue(id, out run);
        }
    }

    private static IEnumerable<string> Find(string folder, int depth)
    {
        if (RunReading.IsRun(folder))
        {
            return [folder];
        }

        return depth > 0 && Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder, "*", Plain).Order(StringComparer.Ordinal).SelectMany(inner => Find(inner, depth - 1))
            : [];
    }

    private WatchedRun RunOf(string folder, string root, string rootName)
    {
        string id = IdOf(folder);
        return _runs.TryGetValue(id, out WatchedRun? known)
            ? known
            : new WatchedRun(id, NameOf(root, rootName, folder), folder) { IsNamed = folder == root };
    }

    private static string IdOf(string folder) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)).AsSpan(0, 6));

    private string NameOf(string root, string rootName, string folder)
    {
        string inner = Path.GetRelativePath(root, folder).Replace('\\', '/');
        return inner == "." ? rootName : roots.Count > 1 ? $"{rootName}/{inner}" : inner;
    }
}
