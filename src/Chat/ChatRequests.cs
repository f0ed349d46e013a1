using Microsoft.Extensions.AI;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Serving;
using RlCore.Trainers.Tokenizers;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatOptions = Microsoft.Extensions.AI.ChatOptions;
using OwnMessage = RlCore.Trainers.Tokenizers.ChatMessage;

namespace RlCore.Chat;

/// <summary>Conversations of Microsoft.Extensions.AI as requests of a model.</summary>
internal static class ChatRequests
{
    /// <summary>The request of a conversation.</summary>
    /// <param name="service">The model.</param>
    /// <param name="messages">The conversation.</param>
    /// <param name="options">How the answer is drawn.</param>
    /// <exception cref="NotSupportedException">They ask for what the model does not have.</exception>
    /// <exception cref="ArgumentException">The template refuses the conversation, or it is too long.</exception>
    public static TextRequest Of(ITextService service, IEnumerable<ChatMessage> messages, ChatOptions options)
    {
        RefuseWhatIsMissing(options);
        OwnMessage[] conversation =
        [
            .. string.IsNullOrEmpty(options.Instructions) ? Array.Empty<OwnMessage>() : [new OwnMessage("system", options.Instructions)],
            .. messages.Select(Own),
        ];
        return new TextRequest(Encode(service, conversation))
        {
            MaxTokens = options.MaxOutputTokens ?? 0,
            Sampling = new SamplingOptions
            {
                Temperature = options.Temperature ?? 1,
                TopP = options.TopP ?? 1,
                TopK = options.TopK ?? 0,
            },
            Seed = TextRequest.SeedOf(options.Seed),
            Stop = [.. options.StopSequences ?? []],
        };
    }

    private static int[] Encode(ITextService service, OwnMessage[] conversation)
    {
        string text;
        try
        {
            text = service.Tokenizer.Chat!.Render(conversation, ChatPrompt.Open);
        }
        catch (ChatTemplateException refused)
        {
            throw new ArgumentException(
                $"The model's chat template refuses the messages: {refused.Message}", nameof(conversation), refused);
        }

        int[] tokens = service.Tokenizer.EncodePrompt(text);
        return tokens.Length < service.Context
            ? tokens
            : throw new ArgumentException(
                $"The conversation has {tokens.Length} tokens; at most {service.Context - 1} fit, as the context is {service.Context} "
                    + "and an answer needs one.",
                nameof(conversation));
    }

    private static OwnMessage Own(ChatMessage message) => message.Contents.All(content => content is TextContent)
        ? new OwnMessage(message.Role.Value, message.Text)
        : throw new NotSupportedException("A message has contents that are not text; this model reads text alone.");

    private static void RefuseWhatIsMissing(ChatOptions options)
    {
        (bool Asked, string What)[] missing =
        [
            (options.Tools is { Count: > 0 }, "tools"),
            (options.FrequencyPenalty is not null and not 0, "frequency penalty"),
            (options.PresencePenalty is not null and not 0, "presence penalty"),
            (options.ResponseFormat is not null and not ChatResponseFormatText, "response format"),
        ];
        string[] asked = [.. missing.Where(one => one.Asked).Select(one => one.What)];
        if (asked.Length > 0)
        {
            throw new NotSupportedException($"This model has no {string.Join(", no ", asked)}.");
        }
    }
}
