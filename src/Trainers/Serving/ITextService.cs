using System.Threading.Channels;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Serving;

/// <summary>A loaded model that completes prompts for many callers at once. May be called from any thread.</summary>
public interface ITextService
{
    /// <summary>The model's tokenizer.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>Maximum tokens of prompt and completion together.</summary>
    int Context { get; }

    /// <summary>Completions that are drawn at once, and the most that a request may ask for.</summary>
    int Rows { get; }

    /// <summary>Begins a request, or puts it into the queue.</summary>
    /// <param name="request">The request.</param>
    /// <param name="abandoned">Cancel it when nobody wants the rest: the request leaves the batch before the next token.</param>
    /// <returns>
    /// What is drawn, as it is drawn; it completes with the request, with <see cref="OperationCanceledException"/> when it was abandoned
    /// or the service stopped. Null if the queue is full.
    /// </returns>
    /// <exception cref="ArgumentException">The request cannot be served.</exception>
    ChannelReader<TextPiece>? TrySubmit(TextRequest request, CancellationToken abandoned);

    /// <summary>
    /// Does work on the model's own thread, between completions: those that are being drawn end before, and requests that wait begin after.
    /// </summary>
    /// <param name="work">The work, such as to put other weights into the model.</param>
    /// <returns>Ends with the work, and with its exception if there was one.</returns>
    Task InterruptAsync(Action work);
}
