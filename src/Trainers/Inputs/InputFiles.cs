namespace RlCore.Trainers.Inputs;

/// <summary>Finds files that recipes and options name.</summary>
public static class InputFiles
{
    /// <summary>
    /// The full path of a file or folder, searched for in this order: the working directory, the given folders,
    /// and the folder of the application (which contains the shipped datasets and recipes).
    /// </summary>
    /// <param name="path">The arguments as typed.</param>
    /// <param name="folders">Folders to look in after the working directory, such as the recipe's.</param>
    /// <returns>The first place where it exists; otherwise its place under the working directory.</returns>
    /// <exception cref="InputException">It cannot be a path.</exception>
    public static string Resolve(string path, params IReadOnlyList<string> folders)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InputException(new InputProblem(
                path.Replace('\0', '␀'), 0, "", "a path with a NUL character", "the path of a file or a folder"));
        }

        string[] places =
        [
            Path.GetFullPath(path),
            .. folders.Select(folder => Path.GetFullPath(path, Path.GetFullPath(folder))),
            Path.GetFullPath(path, AppContext.BaseDirectory),
        ];
        return Array.Find(places, Path.Exists) ?? places[0];
    }

    /// <summary>The problem of a missing file: its full path, and a nearby file that may have been meant.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, such as "a CSV file".</param>
    public static InputProblem Missing(string path, string what)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full))
        {
            return new InputProblem(full, 0, "", "a folder", what);
        }

        if (!Directory.Exists(folder))
        {
            return new InputProblem(full, 0, "", $"neither the file nor its folder {folder}", what);
        }

        var nearby = Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
        return Names.TryNearest(Path.GetFileName(full), nearby, out string nearest, anyStart: true)
            ? new InputProblem(full, 0, "", $"no such file, only {Path.Combine(folder, nearest)}", what)
            : new InputProblem(full, 0, "", "no such file", what);
    }

    /// <summary>Checks, before any work, that the input exists and that the output can be written.</summary>
    /// <param name="input">The file.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="what">What the input should be, such as "a CSV file".</param>
    /// <exception cref="InputException">One of them is not usable.</exception>
    internal static void CheckPair(string input, string output, bool overwrite, string what)
    {
        if (!File.Exists(input))
        {
            throw new InputException(Missing(input, what));
        }

        string full = Path.GetFullPath(output);
        string folder = Path.GetDirectoryName(full) ?? full;
        InputProblem? problem = full == Path.GetFullPath(input) ? new InputProblem(
            output, 0, "", "the input itself", "another file for the output")
            : Directory.Exists(full) ? new InputProblem(output, 0, "", "a folder", "the name of a CSV file")
            : !Directory.Exists(folder) ? new InputProblem(output, 0, "", $"no folder {folder}", "a file in a folder that exists")
            : File.Exists(full)
                && !overwrite ? new InputProblem(output, 0, "", "an existing file", "a new name, or --force to overwrite it")
            : null;
        if (problem is not null)
        {
            throw new InputException(problem);
        }
    }
}
