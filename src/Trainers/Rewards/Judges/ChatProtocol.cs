using System.Buffers;
using System.Text;
using System.Text.Json;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>The requests and replies of the OpenAI chat protocol, as far as a judge needs them.</summary>
internal static class ChatProtocol
{
    /// <summary>Writes a request with one message.</summary>
    /// <param name="options">The model and its temperature.</param>
    /// <param name="prompt">The message.</param>
    public static byte[] Print(JudgeOptions options, string prompt)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            writer.WriteString("model", options.Model);
            writer.WriteStartArray("messages");
            writer.WriteStartObject();
            writer.WriteString("role", "user");
            writer.WriteString("content", prompt);
            writer.WriteEndObject();
            writer.WriteEndArray();
            if (options.Temperature >= 0)
            {
                writer.WriteNumber("temperature", options.Temperature);
            }

            writer.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Reads what the model says in the first choice of a reply.</summary>
    /// <param name="body">The reply's body.</param>
    /// <exception cref="OddReplyException">It is none, or the model was cut off at its maximum length.</exception>
    public static string Read(byte[] body)
    {
        try
        {
            JsonPart choice = JsonPart.Parse(body, "the reply", "a chat completion")["choices"].Items() is [{ IsObject: true } first, ..]
                ? first
                : throw new OddReplyException($"found {Characters.Quote(Encoding.UTF8.GetString(body))} instead of a chat completion.");
            return choice["finish_reason"] is { IsText: true } reason && reason.Text() == "length"
                ? throw new OddReplyException("the model reached its maximum length before the end of its reply.")
                : Text(choice["message"]["content"]);
        }
        catch (InputException problem)
        {
            throw new OddReplyException(problem.Message);
        }
    }

    // A text, or a list of parts with texts; null where the model said nothing.
    private static string Text(JsonPart content) => content.IsList
        ? string.Concat(content.Items().Select(part => part["text"]).Where(text => text.Exists).Select(text => text.Text()))
        : content.Exists ? content.Text() : "";
}
