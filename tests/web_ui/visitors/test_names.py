"""A visitor's name, as a browser without scripts chooses, keeps and recovers it."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from tests.web_ui.visitors.visitors_case import VisitorsCase


class NamesTest(VisitorsCase):
    def test_a_name_is_chosen_and_kept_by_a_cookie(self) -> None:
        one = self.visitor()
        found = one.post("/sign-in", page="/sign-in?next=/celebs", name="Odile", next="/celebs")
        assert (found.code, found.headers["Location"]) == (303, "/celebs")
        [cookie] = [line for line in one.set_cookies if line.startswith("visitor=")]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie
        assert b"Odile" in one.get("/celebs").body
        assert b"Odile" in one.get("/me").body
        assert one.get("/sign-in").headers["Location"] == "/me"
        assert b"Odile" not in self.visitor().get("/celebs").body

    def test_a_form_sent_twice_is_one_visitor(self) -> None:
        one = self.visitor()
        found = re.search(rb'name="nonce" value="([^"]{16})"', one.get("/sign-in").body)
        assert found is not None
        cookies = dict(one.cookies)
        for _ in range(2):
            one.cookies = dict(cookies)  # the second was sent before the first was answered
            answer = one.post("/sign-in", name="Odile", nonce=found[1].decode())
            assert answer.code == 303
        assert b"Odile" in one.get("/me").body
        assert self.visitor().post("/sign-in", name="Odile").code == 409

    def test_a_name_is_shown_as_text(self) -> None:
        one = self.visitor()
        one.post("/sign-in", name="<b>&\"'")
        assert b"<b>" not in one.get("/me").body

    def test_a_name_that_does_not_do_comes_back_with_what_is_wrong(self) -> None:
        self.visitor().post("/sign-in", name="Odile")
        found = self.visitor().post("/sign-in", name="ODILE", next="/celebs")
        assert found.code == 409
        body = found.body.decode()
        assert "Choose another" in body
        assert 'value="ODILE"' in body
        assert 'value="/celebs"' in body
        assert self.visitor().post("/sign-in", name="x").code == 422
        found = self.visitor().post("/sign-in", name="y" * 5000)
        assert found.code == 422
        assert b"A name has at most 30 characters." in found.body
        assert b"y" * 201 not in found.body
        assert self.visitor().post("/sign-in").code == 400

    def test_programs_are_told_in_json(self) -> None:
        one = self.visitor()
        one.get("/me")
        one.headers = {"Accept": "application/json", "X-XSRFToken": one.cookies["_xsrf"].strip('"')}
        found = one.post("/sign-in", token=False, name="x")
        assert (found.code, json.loads(found.body)["reason"]) == (422, "bad_name")
        found = one.post("/me/recovery-code", token=False)
        assert (found.code, json.loads(found.body)["reason"]) == (401, "sign_in")
        found = one.post("/sign-in", token=False, name="Odile")
        assert (found.code, json.loads(found.body)) == (200, {"name": "Odile"})

    def test_a_recovery_code_brings_the_name_to_another_browser_once_shown(self) -> None:
        one, other = self.visitor(), self.visitor()
        one.post("/sign-in", name="Odile")
        shown = one.post("/me/recovery-code")
        assert (shown.code, shown.headers["Cache-Control"]) == (200, "no-store")
        code = re.search(r"data-recovery-code>([^<]+)<", shown.body.decode())
        assert code
        assert code[1].encode() not in one.get("/me").body
        found = other.post("/sign-in/recover", name="Odile", code="k3fd-9x2m", next="/me")
        assert found.code == 403
        assert b"k3fd" not in found.body
        assert b'details class="recover" open' in found.body
        found = other.post("/sign-in/recover", name="Odile", code=code[1], next="/me")
        assert (found.code, found.headers["Location"]) == (303, "/me")
        assert b"Odile" in other.get("/me").body

    def test_a_name_or_code_that_is_too_long_is_told(self) -> None:
        for name, code, said in [
            ("y" * 201, "x", b"A name has at most 30 characters."),
            ("Odile", "x" * 201, b"Name and code do not belong together."),
        ]:
            found = self.visitor().post("/sign-in/recover", name=name, code=code)
            assert found.code in (403, 422)
            assert said in found.body
            assert b'details class="recover" open' in found.body

    def test_a_code_is_for_who_has_a_name(self) -> None:
        found = self.visitor().post("/me/recovery-code", page="/me")
        assert (found.code, found.headers["Location"]) == (303, "/sign-in?next=/me")

    def test_the_address_of_a_form_leads_to_its_page(self) -> None:
        for path, page in [
            ("/sign-in/recover", "/sign-in"),
            ("/sign-out", "/me"),
            ("/me/recovery-code", "/me"),
            ("/follow/all", "/follow"),
            ("/language", "/"),
        ]:
            found = self.visitor().get(path)
            assert (found.code, found.headers["Location"]) == (303, page), path
            assert self.visitor().get(page).code == 200

    def test_the_language_can_be_changed_after_two_failed_recoveries(self) -> None:
        one = self.visitor()
        tried = f"_xsrf={one.token()}&name=Odile&code=x"
        found = one.send("/sign-in/recover", tried, Referer=self.get_url("/sign-in/recover"))
        switch = found.body.decode().partition('class="languages"')[2]
        next_path = re.search(r'name="next" value="([^"]*)"', switch)
        assert next_path
        led = one.post("/language", language="es", next=next_path[1]).headers["Location"]
        while (found := one.get(led)).code == 303:
            led = found.headers["Location"]
        assert (led, found.code) == ("/sign-in", 200)

    def test_what_cannot_be_done_names_what_can(self) -> None:
        for path, method, allowed in [
            ("/me", "POST", "GET, HEAD"),
            ("/sign-in", "DELETE", "GET, HEAD, POST"),
            ("/me/recovery-code", "PATCH", "GET, HEAD, POST"),
        ]:
            body = None if method == "DELETE" else ""
            found = self.fetch(path, method=method, body=body)
            assert (found.code, found.headers["Allow"]) == (405, allowed)

    def test_a_new_code_ends_the_cookies_of_other_browsers(self) -> None:
        one, copy = self.visitor(), self.visitor()
        one.post("/sign-in", name="Odile")
        copy.cookies["visitor"] = one.cookies["visitor"]
        assert copy.post("/follow", celeb="nobody", on="0").code == 303
        assert "visitor" in copy.cookies
        assert one.post("/me/recovery-code").code == 200
        assert one.post("/me/recovery-code").code == 200
        assert copy.post("/me/recovery-code").headers["Location"] == "/sign-in?next=/me"
        assert "visitor" not in copy.cookies

    def test_a_form_that_is_no_text_does_nothing(self) -> None:
        for fields in ("name=Odile&next=%ff", "name=Odile&more=%ff", "name=x&next=%ff"):
            one = self.visitor()
            token = one.token()
            found = one.send("/sign-in", f"_xsrf={token}&{fields}")
            assert found.code == 400, fields
            assert "visitor" not in one.cookies
        assert self.visitor().post("/sign-in", name="Odile").code == 303

    def test_whatever_the_referer_is_there_is_an_answer(self) -> None:
        for referer in ("http://[", "http://é[/", "//", "\\", "http://a]b/"):
            one = self.visitor()
            token = one.token()
            found = one.send("/sign-in", f"_xsrf={token}&name=x", Referer=referer)
            assert found.code == 422, referer
            found = one.send("/me", f"_xsrf={token}", Referer=referer)
            assert found.code == 405, referer
            assert one.get("/", Referer=referer).code == 200

    def test_signing_out_gives_the_name_up(self) -> None:
        one = self.visitor()
        one.post("/sign-in", name="Odile")
        assert one.post("/sign-out", next="/").headers["Location"] == "/"
        assert "visitor" not in one.cookies
        assert b"Odile" not in one.get("/me").body

    def test_a_cookie_of_nobody_is_taken_away_where_it_matters(self) -> None:
        one = self.visitor()
        one.post("/sign-in", name="Odile")
        with self.store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM visitors")
        assert b"Odile" in one.get("/").body  # a page asks nobody
        assert one.post("/me/recovery-code").headers["Location"] == "/sign-in?next=/me"
        assert "visitor" not in one.cookies

    def test_next_leads_nowhere_else(self) -> None:
        evil = ["https://evil.test/", "//evil.test/", "/\\evil.test", "/\t/evil.test", "x", "/é"]
        for number, wanted in enumerate(evil):
            found = self.visitor().post("/sign-in", name=f"Odile the {number}.", next=wanted)
            assert (found.code, found.headers.get("Location")) in ((303, "/"), (409, None)), wanted
            page = self.visitor().get(f"/sign-in?{urlencode({'next': wanted})}")
            assert b'name="next" value="/"' in page.body

    def test_too_many_tries_are_told_when_to_come_back(self) -> None:
        codes = [
            self.visitor().post("/sign-in/recover", name="Odile", code="x", next="/").code
            for _ in range(7)
        ]
        assert codes[0] == 403
        assert codes[-1] == 429
