using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The tokens that begin and end a sequence.</summary>
/// <param name="Beginning">Ids of those that begin it; empty for none.</param>
/// <param name="Ends">Ids of those that end it, at least one; the first is written.</param>
internal sealed record SequenceTokens(IReadOnlyList<int> Beginning, IReadOnlyList<int> Ends);

/// <summary>Reads a pretrained tokenizer from its files.</summary>
internal static class PretrainedReader
{
    /// <summary>Reads the tokenizer.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="source">The folder, or the file tokenizer.json, in messages.</param>
    /// <param name="minimumVocabulary">The model's number of ids.</param>
    /// <exception cref="InputException">A file is not what it should be, or needs something that is not supported.</exception>
    public static PretrainedTokenizer Read(PretrainedFiles files, string source, int minimumVocabulary)
    {
        string folder = source.EndsWith(TokenizerFile.FileName, StringComparison.Ordinal) ? Path.GetDirectoryName(source) ?? "" : source;
        string file = Path.Combine(folder, TokenizerFile.FileName);
        TokenizerParts parts = Guard(file, () => PartsReader.Read(files.Tokenizer, file));
        var settings = new SpecialSettings(files, folder, parts);
        return new PretrainedTokenizer(parts, files, Guard(folder, settings.Read), minimumVocabulary);
    }

    /// <summary>Reads JSON; what is none is an error of the input.</summary>
    /// <param name="source">The file, in messages.</param>
    /// <param name="read">Reads it.</param>
    internal static T Guard<T>(string source, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                source, (error.LineNumber ?? 0) + 1, "", "text that is not JSON", "a tokenizer; the file may be cut off"));
        }
    }
}
