using System.Net;
using Microsoft.AspNetCore.Http;

namespace RlCore.Worker.Hosting;

/// <summary>
/// Lets only pages of this server and programs of its user talk to a server on this machine. A page of another site can make a browser
/// ask it, under a name of that site that leads here (DNS rebinding) or across origins; it is refused.
/// </summary>
/// <param name="next">The rest of the server.</param>
/// <param name="isOpen">Whether the server listens beyond this machine, so that it is asked by its address too.</param>
internal sealed class LoopbackGuard(RequestDelegate next, bool isOpen)
{
    /// <summary>Answers a request, or refuses it with 403.</summary>
    /// <param name="context">The request.</param>
    public Task InvokeAsync(HttpContext context)
    {
        if (IsAllowed(context.Request))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync("Refused: this server answers only pages of its own, under localhost or its address.\n");
    }

    /// <summary>Whether a request comes from a page of this server, or from no page at all.</summary>
    /// <param name="request">The request.</param>
    public bool IsAllowed(HttpRequest request) =>
        IsOwnName(request.Host.Host) && IsOwnOrigin(request) && IsOwnSite(request);

    // A name that a browser was led to by DNS is never an address, so addresses are safe where the server listens on them.
    private bool IsOwnName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && (isOpen || IPAddress.IsLoopback(address)));

    private static bool IsOwnOrigin(HttpRequest request) =>
        request.Headers.Origin is not [{ } origin] ? request.Headers.Origin.Count == 0
            : origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    // Browsers say where a request comes from. A link from elsewhere may open the page; nothing else from elsewhere may be asked for.
    private static bool IsOwnSite(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        return site is "" or "none" or "same-origin"
            || (HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate"
                && request.Headers["Sec-Fetch-Dest"] == "document");
    }
}
