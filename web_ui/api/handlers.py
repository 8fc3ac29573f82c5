"""The handlers of the API: one for all operations, one for the document, one for the page `/api`.
Event loop's thread; answers are made and encoded in a reader's."""

from __future__ import annotations

import msgspec

from web_ui.api.openapi import document, parameters
from web_ui.api.operations import BASE, DOCUMENT, OPERATIONS, Operation
from web_ui.api.questions import BadQuestion, read
from web_ui.api.reading import Gone, NotFound, Source, search
from web_ui.handlers.page import PageHandler
from web_ui.handlers.program import ProgramHandler, Refusal
from web_ui.parts import Parts
from web_ui.read_limits import SEARCH_TOKENS

_encode = msgspec.json.Encoder().encode


class OperationHandler(ProgramHandler):
    """Answers one operation of the table. Tornado adds the ETag."""

    def initialize(  # type: ignore[override]  # Tornado's contract is with the routes
        self, parts: Parts, operation: Operation
    ) -> None:
        """Tornado hands over here what the routes were given."""
        super().initialize(parts)
        self._operation = operation

    async def get(self, *path: str) -> None:
        """`path`: the parameters in the path, in their order."""
        operation = self._operation
        self.limit_reads(SEARCH_TOKENS if operation.read is search else 1.0)
        source = Source(
            self.parts.tweets,
            self.parts.discussion,
            self.parts.current_cursor(),
            self.parts.config.max_channels,
            self.root,
        )
        try:
            given = dict(zip(operation.path_parameters, path, strict=True))
            asked = read(operation.asked, given, self._query())
            body = await self.parts.reader.ask(lambda: _encode(operation.read(source, asked)))
        except BadQuestion as error:
            raise Refusal(400, str(error)) from error
        except Gone as error:
            raise Refusal(410, str(error)) from error
        except NotFound as error:
            raise Refusal(404, str(error)) from error
        self.set_header("Content-Type", "application/json")
        self.finish(body)

    head = get

    def _query(self) -> dict[str, list[str]]:
        """The parameters as they came: Tornado's own would be stripped."""
        try:
            return {
                name.encode("latin-1").decode(): [value.decode() for value in values]
                for name, values in self.request.query_arguments.items()
            }
        except UnicodeError as error:
            raise BadQuestion("parameters must be in UTF-8") from error


class DocumentHandler(ProgramHandler):
    """`/api/v1/openapi.json`."""

    def get(self) -> None:
        """The document names the address that it was asked for at."""
        self.limit_reads()
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.format(_encode(document(self.root))))

    head = get


class ApiPage(PageHandler):
    """`/api`: the same for people."""

    async def get(self) -> None:
        """See the class."""
        await self.render(
            "api.html", base=BASE, document=DOCUMENT, operations=OPERATIONS, parameters=parameters
        )

    head = get
