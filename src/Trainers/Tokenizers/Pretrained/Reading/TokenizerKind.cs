using System.Text.Json;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Tells a pretrained tokenizer from others without reading its whole file.</summary>
internal static class TokenizerKind
{
    /// <summary>Whether a file has a "model" and no "type" before it, as Hugging Face's tokenizer.json has.</summary>
    /// <param name="json">The file.</param>
    public static bool IsPretrained(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            bool isObject = reader.TokenType == JsonTokenType.StartObject;
            while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8) || reader.ValueTextEquals("model"u8))
                {
                    return reader.ValueTextEquals("model"u8);
                }

                reader.Skip();
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The reader of the kind says what is wrong.
        }

        return false;
    }
}
