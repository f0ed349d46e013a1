using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tokenizers;

/// <summary>tokenizer.json: reads any tokenizer back.</summary>
public static class TokenizerFile
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "tokenizer.json";

    internal const string CharacterType = "character";

    /// <summary>
    /// Reads a tokenizer. A pretrained one also needs tokenizer_config.json or generation_config.json beside the file, which say what ends
    /// a text.
    /// </summary>
    /// <param name="file">A file with the output of <see cref="ITokenizer.ToJson"/>, or Hugging Face's tokenizer.json.</param>
    /// <param name="kinds">What it may hold; null for what is shipped.</param>
    /// <exception cref="InputException">The file is missing or is not a tokenizer.</exception>
    public static ITokenizer Read(string file, TokenizerKinds? kinds = null) => Read(file, 0, kinds);

    /// <summary>Reads the tokenizer of a model's folder.</summary>
    /// <param name="folder">The folder with tokenizer.json, and for a pretrained tokenizer the files beside it.</param>
    /// <param name="vocabularySize">
    /// The model's number of ids, which may exceed the tokenizer's: ids without a token read as nothing. 0 for the tokenizer's own.
    /// </param>
    /// <param name="kinds">What it may hold; null for what is shipped.</param>
    /// <exception cref="InputException">A file is missing or is not a tokenizer.</exception>
    public static ITokenizer ReadFolder(string folder, int vocabularySize, TokenizerKinds? kinds = null) =>
        Read(Path.Combine(folder, FileName), vocabularySize, kinds);

    /// <summary>Reads a tokenizer from text.</summary>
    /// <param name="json">Made by <see cref="ITokenizer.ToJson"/>.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="kinds">What it may hold; null for what is shipped.</param>
    /// <exception cref="InputException">The JSON is not a tokenizer.</exception>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static ITokenizer Parse(string json, string source, TokenizerKinds? kinds = null)
    {
        kinds ??= TokenizerKinds.Shipped;
        if (TokenizerKind.IsPretrained(Encoding.UTF8.GetBytes(json)))
        {
            return PretrainedTokenizer.Parse(new Dictionary<string, string> { [FileName] = json }, source);
        }

        using JsonDocument document = WholeJson.Parse(json, WholeJson.Foreign);
        JsonElement root = document.RootElement;
        string kind = root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("type", out JsonElement type)
            && type.ValueKind == JsonValueKind.String
            ? type.GetString() ?? ""
            : "";
        if (kinds.TryRead(kind, json, source, out ITokenizer? own))
        {
            return own!;
        }

        return kind == CharacterType
            ? ParseCharacters(root, source)
            : throw new InputException(new InputProblem(
                source,
                0,
                "type",
                kind.Length == 0
                    ? "an unknown type of tokenizer"
                    : $"the tokenizer {Characters.Quote(kind)}, which this program does not know",
                string.Join(" or ", kinds.Names.Select(name => $"\"{name}\"")) + ", or the \"model\" of a pretrained tokenizer"));
    }

    private static ITokenizer Read(string file, int vocabularySize, TokenizerKinds? kinds)
    {
        if (!File.Exists(file))
        {
            throw new InputException(InputFiles.Missing(file, "a tokenizer"));
        }

        try
        {
            byte[] content = File.ReadAllBytes(file);
            return TokenizerKind.IsPretrained(content)
                ? PretrainedReader.Read(PretrainedFiles.Beside(file, content), file, vocabularySize)
                : Parse(File.ReadAllText(file), file, kinds);
        }
        catch (JsonException error)
        {
            throw new InputException(new InputProblem(
                file,
                (error.LineNumber ?? 0) + 1,
                "",
                WholeJson.Found(error),
                "a tokenizer; the file may be cut off"));
        }
    }

    private static CharacterTokenizer ParseCharacters(JsonElement root, string source)
    {
        if (!root.TryGetProperty("tokens", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Array
            || tokens.GetArrayLength() == 0 || tokens.EnumerateArray().Any(token => token.ValueKind != JsonValueKind.String)
            || tokens[0].GetString() != CharacterTokenizer.EndOfSequenceName)
        {
            throw new InputException(new InputProblem(
                source, 0, "tokens", "no such list", $"a list of strings that begins with \"{CharacterTokenizer.EndOfSequenceName}\""));
        }

        string[] characters = [.. tokens.EnumerateArray().Skip(1).Select(token => token.GetString() ?? "")];
        int wrong = Array.FindIndex(characters, text => text.EnumerateRunes().Count() != 1);
        string found = wrong < 0 ? "" : $"\"{characters[wrong]}\"";
        if (wrong >= 0 || CharacterTokenizer.TryFindProblem(string.Concat(characters), out found))
        {
            throw new InputException(new InputProblem(source, 0, "tokens", found, "single characters, each once"));
        }

        return new CharacterTokenizer(string.Concat(characters));
    }

    /// <summary>An object as JSON, the same bytes on every system.</summary>
    /// <param name="body">Writes its members.</param>
    /// <param name="encoder">How texts are escaped; null for ASCII alone.</param>
    internal static string Write(Action<Utf8JsonWriter> body, JavaScriptEncoder? encoder = null)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = encoder }))
        {
            writer.WriteStartObject();
            body(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
